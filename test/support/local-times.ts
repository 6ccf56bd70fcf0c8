/** A daily time of day in a zone, over a span of UTC; an oracle that knows no cron. */
export interface DailyTime {
  readonly zone: string;
  readonly hour: number;
  readonly minute: number;
  /** ISO 8601; exclusive. */
  readonly from: string;
  /** Inclusive. */
  readonly to: string;
}

const minuteMs = 60_000;

/**
 * The moments at which clocks of the zone show the time of day, once a local day: the first of two, and where the time
 * is left out, the moment at which the clocks jump over it.
 */
export function localTimes({ zone, hour, minute, from, to }: DailyTime): readonly string[] {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const wanted = hour * 60 + minute;
  const found: string[] = [];
  let lastDay = '';
  let before: { readonly day: string; readonly minutes: number } | undefined;
  for (let ms = Date.parse(from) - 1440 * minuteMs; ms <= Date.parse(to); ms += 15 * minuteMs) {
    const parts = Object.fromEntries(clock.formatToParts(ms).map(({ type, value }) => [type, value]));
    const day = parts['day'] ?? '';
    const minutes = Number(parts['hour']) * 60 + Number(parts['minute']);
    const jumped =
      before !== undefined &&
      (day === before.day ? before.minutes < wanted : true) &&
      minutes > wanted &&
      lastDay !== day;
    if ((minutes === wanted || (jumped && minutes - wanted < 90)) && lastDay !== day) {
      lastDay = day;
      if (ms > Date.parse(from)) found.push(new Date(ms).toISOString());
    }
    before = { day, minutes };
  }
  return found;
}
