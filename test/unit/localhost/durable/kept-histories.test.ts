import { describe, expect, it } from 'vitest';
import {
  type Instance,
  executionStartedRow,
  newInstance,
} from '../../../../src/localhost/durable/instance.js';
import { KeptHistories } from '../../../../src/localhost/durable/kept-histories.js';

/** An instance whose history has so many rows. */
function finished(rows: number): Instance {
  const start = {
    ...{ id: 'i', name: 'lane', version: '1.0', input: null, parent: null, executionId: 'e' },
    ...{ seq: 1, atMs: 0 },
  };
  const instance = newInstance(start);
  instance.history = Array.from({ length: rows }, () => executionStartedRow(start, 0));
  return instance;
}

function keep(limits: { instances: number; rows: number }, histories: readonly number[]) {
  const kept = new KeptHistories(limits);
  const instances = histories.map(finished);
  for (const instance of instances) kept.add(instance);
  const rows = (): readonly number[] => instances.map(({ history }) => history.length);
  return { kept, instances, rows };
}

describe('histories of finished instances', () => {
  it('are kept up to a number of instances', () => {
    expect(keep({ instances: 2, rows: 1000 }, [5, 5, 5]).rows()).toEqual([0, 5, 5]);
  });

  it('are kept up to a number of rows of all together, and the newest always', () => {
    expect(keep({ instances: 9, rows: 10 }, [4, 4, 4, 6]).rows()).toEqual([0, 0, 4, 6]);
    expect(keep({ instances: 9, rows: 10 }, [4, 50]).rows()).toEqual([0, 50]);
  });

  it('leave their room when an instance is purged, or counted twice', () => {
    const { kept, instances, rows } = keep({ instances: 9, rows: 10 }, [5, 5]);
    const [first, second] = instances;
    if (first === undefined || second === undefined) throw new Error('two were made');
    kept.add(second);
    expect(rows()).toEqual([5, 5]);
    kept.forget(first);
    const third = finished(5);
    kept.add(third);
    expect([...rows(), third.history.length]).toEqual([5, 5, 5]);
  });
});
