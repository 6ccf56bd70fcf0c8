import type { Sample, Task } from './task.js';

/** Middle, least and most of some figures. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  };
}

/** Times faster than `other` in the same round: by the whole duration, and by the time in which requests were under way. */
export interface Ratio {
  readonly contender: string;
  readonly other: string;
  readonly wall: Spread;
  readonly active: Spread;
  readonly requests: Spread;
}

export function ratioOf(samples: readonly Sample[], contender: string, other: string): Ratio {
  const pairs = samples
    .filter((sample) => sample.contender === contender)
    .flatMap((mine) => {
      const theirs = samples.find(
        (sample) => sample.contender === other && sample.round === mine.round && sample.task === mine.task,
      );
      return theirs === undefined ? [] : [{ mine, theirs }];
    });
  const spread = (value: (sample: Sample) => number, upsideDown: boolean): Spread =>
    spreadOf(
      pairs.map(({ mine, theirs }) =>
        upsideDown ? value(theirs) / value(mine) : value(mine) / value(theirs),
      ),
    );
  return {
    contender,
    other,
    wall: spread((sample) => sample.wallSeconds, true),
    active: spread((sample) => sample.activeSeconds, true),
    requests: spread((sample) => sample.requests, false),
  };
}

function show({ median, min, max }: Spread, digits: number): string {
  const text = (value: number): string => value.toFixed(digits);
  return min === max ? text(median) : `${text(median)} (${text(min)}–${text(max)})`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [row(head), row(rule), ...rows.map(row)].join('\n');
}

/** Figures of one task: the median of the rounds, least and most in parentheses. */
export function taskTable(task: Task, samples: readonly Sample[]): string {
  const names = [...new Set(samples.map(({ contender }) => contender))];
  const perSecond = task.name === 'small' ? 'objects/s' : 'MiB/s';
  const amount = task.name === 'small' ? task.objects : task.sizeBytes / 2 ** 20;
  const rows = names.map((name) => {
    const mine = samples.filter(({ contender }) => contender === name);
    const of = (value: (sample: Sample) => number, digits: number): string =>
      show(spreadOf(mine.map(value)), digits);
    return [
      name,
      of(({ wallSeconds }) => wallSeconds, 2),
      of(({ wallSeconds }) => amount / wallSeconds, 0),
      of(({ activeSeconds }) => amount / activeSeconds, 0),
      of(({ requests }) => requests / task.objects, task.name === 'small' ? 3 : 0),
      of(({ stateRequests }) => stateRequests, 0),
      of(({ mostInFlight }) => mostInFlight, 0),
      of(({ cpuSeconds }) => cpuSeconds, 1),
      of(({ peakRssBytes }) => peakRssBytes / 2 ** 20, 0),
    ];
  });
  const head = [
    ...['client', 'seconds', perSecond, `${perSecond} while active`, 'requests/object', 'state requests'],
    ...['most in flight', 'client CPU s', 'client peak MiB'],
  ];
  return markdown(head, rows);
}

/** How Tranship stands against each of the others, round by round. */
export function ratioTable(ratios: readonly Ratio[]): string {
  return markdown(
    ['against', 'speed', 'speed while active', 'requests'],
    ratios.map(({ other, wall, active, requests }) => [
      other,
      show(wall, 2),
      show(active, 2),
      show(requests, 2),
    ]),
  );
}
