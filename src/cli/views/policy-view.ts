import { z } from 'zod';
import { printable } from './printable.js';

/** What the CLI reads of a policy; everything else is passed on as it is. */
export const policyViewSchema = z.looseObject({
  name: z.string(),
  kind: z.string(),
  paused: z.boolean(),
  nextStartAt: z.string().nullish(),
  schedule: z.looseObject({ cron: z.string(), timeZone: z.string() }).optional(),
  job: z.looseObject({ source: z.string(), destination: z.string() }).optional(),
  status: z
    .looseObject({
      lastEventAt: z.string().nullable(),
      lagMs: z.looseObject({ p50: z.number(), p99: z.number() }).nullable(),
      backlog: z.looseObject({ queuedEvents: z.number().nullable(), waiting: z.number() }),
      deadLetters: z.number(),
    })
    .optional(),
  request: z.record(z.string(), z.unknown()).optional(),
});
export type PolicyView = z.infer<typeof policyViewSchema>;

export const policyPageSchema = z.object({ policies: z.array(policyViewSchema) });

export const policyTableHead =
  'NAME                  KIND         STATE    NEXT START                SCHEDULE\n';

/** One line of the list. */
export function policyTableRow({ name, kind, paused, nextStartAt, schedule }: PolicyView): string {
  const cells = [
    printable(name).padEnd(21),
    printable(kind).padEnd(12),
    (paused ? 'paused' : 'active').padEnd(8),
    (nextStartAt ?? '-').padEnd(25),
    schedule === undefined ? '-' : printable(`${schedule.cron} (${schedule.timeZone})`),
  ];
  return `${cells.join(' ')}\n`;
}

/** A policy for people: its list entry, its places, and the body that saves it again. */
export function policyText(policy: PolicyView): string {
  const { job, request } = policy;
  const places =
    job === undefined
      ? ''
      : `Source:      ${printable(job.source)}\nDestination: ${printable(job.destination)}\n`;
  const body = request === undefined ? '' : `${JSON.stringify(request, null, 2)}\n`;
  return `${policyTableHead}${policyTableRow(policy)}${places}${statusText(policy)}${body}`;
}

/** How a replication rule is getting on. */
function statusText({ status }: PolicyView): string {
  if (status === undefined) return '';
  const { lastEventAt, lagMs, backlog, deadLetters } = status;
  const lag = lagMs === null ? '-' : `p50 ${String(lagMs.p50)} ms, p99 ${String(lagMs.p99)} ms`;
  return [
    `Last event:   ${lastEventAt ?? '-'}`,
    `Lag:          ${lag}`,
    `Backlog:      ${String(backlog.queuedEvents ?? '?')} queued events, ${String(backlog.waiting)} names waiting`,
    `Dead letters: ${String(deadLetters)}${deadLetters > 0 ? ' ("tranship policy retry" tries them again)' : ''}`,
    '',
  ].join('\n');
}
