import { describe, expect, it } from 'vitest';
import { CopyError, copyErrorCodes, isCopyError } from '../../../src/job/copy-error.js';

const full = {
  retryable: true,
  retryAfterMs: 1500,
  requestId: 'b7c0',
  status: 503,
  serviceCode: 'ServerBusy',
};

describe('CopyError', () => {
  it('keeps every detail in JSON', () => {
    const error = new CopyError('throttled', 'the service asks to slow down', full);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'throttled',
      message: 'the service asks to slow down',
      ...full,
    });
  });

  it('leaves out of JSON what it does not know', () => {
    const error = new CopyError('aborted', 'the slice ended', { retryable: false });
    expect(JSON.stringify(error)).toBe('{"code":"aborted","message":"the slice ended","retryable":false}');
  });

  it('keeps its cause for the log and out of JSON', () => {
    const cause = new Error('socket hang up');
    const error = new CopyError('network', 'no answer', { retryable: true, cause });
    expect(error.cause).toBe(cause);
    expect(JSON.stringify(error)).not.toContain('socket');
  });

  it('has no cause unless it is given one', () => {
    expect('cause' in new CopyError('network', 'no answer', { retryable: true })).toBe(false);
  });

  it('is told by its code, whatever class carries it', () => {
    const rebuilt = Object.assign(new Error('gone'), { code: 'source-not-found' });
    expect(isCopyError(rebuilt)).toBe(true);
    expect(isCopyError(new CopyError('timeout', 'late', { retryable: true }))).toBe(true);
  });

  it('is not taken for other errors, nor for plain objects', () => {
    expect(isCopyError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))).toBe(false);
    expect(isCopyError(new Error('throttled'))).toBe(false);
    expect(isCopyError({ code: 'throttled' })).toBe(false);
  });

  it('has codes that are words in kebab-case, each once', () => {
    expect(new Set(copyErrorCodes).size).toBe(copyErrorCodes.length);
    expect(copyErrorCodes.filter((code) => !/^[a-z]+(-[a-z]+)*$/.test(code))).toEqual([]);
  });
});
