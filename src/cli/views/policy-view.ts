import { z } from 'zod';
import { printable } from './printable.js';

const timesSchema = z.looseObject({ cron: z.string(), timeZone: z.string() });

const replicationStatusSchema = z.looseObject({
  lastEventAt: z.string().nullable(),
  lagMs: z.looseObject({ p50: z.number(), p99: z.number() }).nullable(),
  backlog: z.looseObject({ queuedEvents: z.number().nullable(), waiting: z.number() }),
  deadLetters: z.number(),
});

const scheduleStatusSchema = z.looseObject({
  last: z.looseObject({ dueAt: z.string(), job: z.string() }).nullable(),
  waiting: z.array(z.string()),
  skipped: z.number(),
  missed: z.number(),
});

/** What the CLI reads of a policy; everything else is passed on as it is. */
export const policyViewSchema = z.looseObject({
  name: z.string(),
  kind: z.string(),
  paused: z.boolean(),
  nextStartAt: z.string().nullish(),
  nextReconcileAt: z.string().nullish(),
  schedule: timesSchema.optional(),
  rule: z.looseObject({ reconcile: timesSchema.optional() }).optional(),
  job: z.looseObject({ source: z.string(), destination: z.string() }).optional(),
  status: z.union([replicationStatusSchema, scheduleStatusSchema]).optional(),
  request: z.record(z.string(), z.unknown()).optional(),
});
export type PolicyView = z.infer<typeof policyViewSchema>;
type ReplicationStatus = z.infer<typeof replicationStatusSchema>;
type ScheduleStatus = z.infer<typeof scheduleStatusSchema>;

export const policyPageSchema = z.object({ policies: z.array(policyViewSchema) });

export const policyTableHead =
  'NAME                  KIND         STATE    NEXT START                SCHEDULE\n';

/** One line of the list. */
export function policyTableRow({
  name,
  kind,
  paused,
  nextStartAt,
  nextReconcileAt,
  ...rest
}: PolicyView): string {
  const times = rest.schedule ?? rest.rule?.reconcile;
  const cells = [
    printable(name).padEnd(21),
    printable(kind).padEnd(12),
    (paused ? 'paused' : 'active').padEnd(8),
    (nextStartAt ?? nextReconcileAt ?? '-').padEnd(25),
    times === undefined ? '-' : printable(`${times.cron} (${times.timeZone})`),
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

function statusText({ status }: PolicyView): string {
  if (status === undefined) return '';
  return (isOfSchedule(status) ? scheduleLines(status) : replicationLines(status)).join('\n');
}

function isOfSchedule(status: NonNullable<PolicyView['status']>): status is ScheduleStatus {
  return 'waiting' in status;
}

/** Where a schedule stands. */
function scheduleLines({ last, waiting, skipped, missed }: ScheduleStatus): readonly string[] {
  const start = last === null ? '-' : `${printable(last.dueAt)}, job ${printable(last.job)}`;
  const times = `${String(waiting.length)} ${waiting.length === 1 ? 'time' : 'times'}`;
  return [
    `Last start:  ${start}`,
    `Waiting:     ${times}; skipped: ${String(skipped)}, missed: ${String(missed)}`,
    '',
  ];
}

/** How a replication rule is getting on. */
function replicationLines({
  lastEventAt,
  lagMs,
  backlog,
  deadLetters,
}: ReplicationStatus): readonly string[] {
  const lag = lagMs === null ? '-' : `p50 ${String(lagMs.p50)} ms, p99 ${String(lagMs.p99)} ms`;
  return [
    `Last event:   ${lastEventAt ?? '-'}`,
    `Lag:          ${lag}`,
    `Backlog:      ${String(backlog.queuedEvents ?? '?')} queued events, ${String(backlog.waiting)} names waiting`,
    `Dead letters: ${String(deadLetters)}${deadLetters > 0 ? ' ("tranship policy retry" tries them again)' : ''}`,
    '',
  ];
}
