import { describe, expect, it } from 'vitest';
import { copyErrorCodes } from '../../../src/job/copy-error.js';
import { adviceFor } from '../../../src/report/advice.js';
import { decodeContinuation, encodeContinuation } from '../../../src/report/continuation.js';
import { csvHeader, toCsv } from '../../../src/report/csv.js';
import { lineOfOutcome, lineOfSkip } from '../../../src/report/report-line.js';
import { outcome } from './reported-job.js';

describe('adviceFor', () => {
  it.each([...copyErrorCodes, 'cancelled', 'job-failed', 'delete-not-opened', 'dry-run'] as const)(
    'says what to do about %s in one sentence',
    (code) => {
      expect(adviceFor(code)).toMatch(/^[A-Z].{20,}\.$/);
    },
  );

  it.each(['new', 'same', 'own-write-assumed', 'extra'] as const)('says nothing about %s', (reason) => {
    expect(adviceFor(reason)).toBeUndefined();
  });
});

describe('toCsv', () => {
  const line = {
    outcome: 'failed',
    reason: 'timeout',
    key: 'k',
    destination: 'c/k',
    sizeBytes: 5,
  } as const;

  it('writes one row a line in the order of the header', () => {
    const row = toCsv([{ ...line, source: 's/k', status: 408, serviceCode: 'OperationTimedOut' }]);
    expect(csvHeader).toBe(
      'outcome,reason,key,source,destination,sizeBytes,status,serviceCode,requestId,message,advice,action\r\n',
    );
    expect(row).toBe('failed,timeout,k,s/k,c/k,5,408,OperationTimedOut,,,,\r\n');
  });

  it.each([
    ['a,b', '"a,b"'],
    ['a"b', '"a""b"'],
    ['a\nb', '"a\nb"'],
    [' a', '" a"'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['=a,"b"', `"'=a,""b"""`],
    ['ü 😀', 'ü 😀'],
  ])('writes the name %j as %j', (key, cell) => {
    expect(toCsv([{ ...line, key }])).toBe(`failed,timeout,${cell},,c/k,5,,,,,,\r\n`);
  });
});

describe('continuation tokens', () => {
  it('come back for the same purpose only', () => {
    const token = encodeContinuation('jobs', ['2!ü', 5]);
    expect(token).toMatch(/^[\w-]+$/);
    expect(decodeContinuation('jobs', token)).toEqual(['2!ü', 5]);
    expect(decodeContinuation('report', token)).toBeUndefined();
  });

  it.each(['', '%', 'AAAA', 'a'.repeat(5000)])('are not mistaken for %j', (token) => {
    expect(decodeContinuation('jobs', token)).toBeUndefined();
  });
});

describe('report lines', () => {
  it('call a single object by its last segment', () => {
    const pair = {
      sourceContainer: 'src',
      listPrefix: 'in/a',
      sourceBase: 'in/a',
      destinationContainer: 'dst',
      destinationBase: 'out/b',
    };
    expect(lineOfOutcome([pair], outcome('', 'copied'))).toMatchObject({
      key: 'a',
      source: 'src/in/a',
      destination: 'dst/out/b',
    });
  });

  it('refuse a container pair that the job does not have', () => {
    expect(() => lineOfOutcome([], outcome('a', 'copied'))).toThrow('container pair 0');
    expect(() => lineOfSkip([], { pair: 3, key: 'a', reason: 'same', sizeBytes: 1 })).toThrow('pair 3');
  });
});
