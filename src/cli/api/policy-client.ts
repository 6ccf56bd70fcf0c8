import { z } from 'zod';
import type { ApiSender } from './api-sender.js';
import { jobOf, parseReply } from './api-client.js';
import { badInput } from '../exit-codes.js';
import type { JobView } from '../views/job-view.js';
import { pointPageSchema, type PointView } from '../views/point-view.js';
import { policyPageSchema, type PolicyView, policyViewSchema } from '../views/policy-view.js';
import { printable } from '../views/printable.js';

/** The operations on policies in the words of the CLI. Every method throws `CliError`. */
export interface PolicyClient {
  list(): Promise<readonly PolicyView[]>;
  show(name: string): Promise<PolicyView>;
  /** Creates or replaces; with `etag` only that version. */
  save(name: string, body: string, etag?: string): Promise<PolicyView>;
  remove(name: string): Promise<void>;
  /** The policy after it was paused or resumed. */
  change(name: string, action: 'pause' | 'resume'): Promise<PolicyView>;
  /** The backups of a policy, newest first. */
  points(name: string): Promise<readonly PointView[]>;
  /** The job that restores a backup. Safe to repeat with the same key. */
  restore(name: string, idempotencyKey: string, body: object): Promise<JobView>;
  /** Tries again what a replication rule has given up, to the end. */
  retry(name: string): Promise<{ readonly retried: number; readonly failed: number }>;
  /** The job that was started now. Safe to repeat with the same key. */
  run(name: string, idempotencyKey: string): Promise<JobView>;
}

const retrySchema = z.object({ retried: z.number(), failed: z.number(), more: z.boolean() });

/** A client that speaks through `send`. */
export function createPolicyClient(send: ApiSender): PolicyClient {
  return {
    list: async () =>
      parseReply(policyPageSchema, await send({ method: 'GET', path: '/api/policies' })).policies,
    show: async (name) => parseReply(policyViewSchema, await send({ method: 'GET', path: pathOf(name) })),
    save: async (name, body, etag) =>
      parseReply(
        policyViewSchema,
        await send({
          method: 'PUT',
          path: pathOf(name),
          body,
          ...(etag === undefined ? {} : { headers: { 'if-match': etag } }),
        }),
      ),
    remove: async (name) => {
      await send({ method: 'DELETE', path: pathOf(name) });
    },
    change: async (name, action) =>
      parseReply(policyViewSchema, await send({ method: 'POST', path: `${pathOf(name)}/${action}` })),
    points: async (name) =>
      parseReply(pointPageSchema, await send({ method: 'GET', path: `${pathOf(name)}/points` })).points,
    restore: async (name, idempotencyKey, body) =>
      jobOf(
        send,
        await send({
          method: 'POST',
          path: `${pathOf(name)}/restore`,
          headers: { 'idempotency-key': idempotencyKey },
          body: JSON.stringify(body),
        }),
      ),
    retry: async (name) => {
      const path = `${pathOf(name)}/retry`;
      let [retried, failed] = [0, 0];
      for (;;) {
        const step = parseReply(retrySchema, await send({ method: 'POST', path }));
        retried += step.retried;
        failed += step.failed;
        // What fails again is a dead letter again: without any success there is no end of them.
        if (!step.more || step.failed === step.retried) return { retried, failed };
      }
    },
    run: async (name, idempotencyKey) =>
      jobOf(
        send,
        await send({
          method: 'POST',
          path: `${pathOf(name)}/run`,
          headers: { 'idempotency-key': idempotencyKey },
        }),
      ),
  };
}

/** Names are one path segment of plain characters; anything else would address something else. */
function pathOf(name: string): string {
  if (!/^[a-z0-9-]{1,63}$/.test(name)) {
    throw badInput(
      `"${printable(name)}" can be no name of a policy.`,
      'Use lower-case letters, digits and hyphens; see "tranship policy list".',
    );
  }
  return `/api/policies/${name}`;
}
