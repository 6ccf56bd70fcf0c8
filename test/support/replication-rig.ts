import type { DemoContainer } from '../../src/localhost/demo/account.js';
import { eventQueue, hostAccount } from '../../src/localhost/app-environment.js';
import type { EventCounts } from '../../src/localhost/cloud/events/event-hub.js';
import type { EventSubscription } from '../../src/localhost/cloud/events/subscription.js';
import type { JournalEntry } from '../../src/localhost/cloud/journal.js';
import type { LocalRig } from './local-rig.js';

/** Whose events are sent; what is left out of the weather does not go wrong. */
type SubscribedAccount = Pick<EventSubscription, 'account' | 'container' | 'types'> & {
  readonly weather?: Partial<EventSubscription['weather']>;
};

/** The local rig with rules, events and what a test of replication asks of them. */
export class ReplicationRig {
  readonly rig: LocalRig;

  constructor(rig: LocalRig) {
    this.rig = rig;
  }

  /** Sends the events of accounts to the queue that the app reads. */
  async subscribe(
    from: readonly SubscribedAccount[],
    schema: EventSubscription['schema'] = 'CloudEventSchemaV1_0',
  ): Promise<void> {
    const destination = { kind: 'queue', account: hostAccount, queue: eventQueue } as const;
    await this.rig.admin(
      'PUT',
      'events',
      from.map((subscription) => ({ ...subscription, schema, destination })),
    );
  }

  async saveRule(name: string, source: string, targets: readonly string[], more: object = {}): Promise<void> {
    const reply = await this.rig.call('PUT', `policies/${name}`, {
      kind: 'replication',
      source,
      targets,
      ...more,
    });
    if (reply.status > 201) throw new Error(`${String(reply.status)} ${JSON.stringify(reply.body)}`);
  }

  async status(name: string): Promise<RuleStatus> {
    return (await this.rig.call('GET', `policies/${name}`)).body['status'] as RuleStatus;
  }

  async eventCounts(): Promise<EventCounts> {
    return (await this.rig.admin('GET', 'events'))['counts'] as EventCounts;
  }

  /** Resolves when no event is on its way, the queue is empty, and nothing waits for another try. */
  async drained(rules: readonly string[], withinMs = 120_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    for (let quiet = 0; quiet < 2;) {
      const { pending } = await this.eventCounts();
      const statuses = await Promise.all(rules.map((name) => this.status(name)));
      const waiting = statuses.reduce((sum, { backlog }) => sum + backlog.waiting, 0);
      const queued = statuses[0]?.backlog.queuedEvents ?? 0;
      quiet = pending + queued + waiting === 0 ? quiet + 1 : 0;
      if (waiting > 0) await this.fireTimer();
      if (Date.now() > deadline) throw new Error(JSON.stringify({ pending, queued, waiting, statuses }));
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  /** What the platform does every half minute. */
  async fireTimer(): Promise<void> {
    await fetch(`${this.rig.local.localJson.apiUrl}/admin/functions/replicationDue`, { method: 'POST' });
  }

  /** Requests of rules' own work since the journal was cleared. */
  async requests(): Promise<readonly JournalEntry[]> {
    const all = await this.rig.requests();
    return all.filter(({ clientRequestId }) => clientRequestId?.startsWith('tranship.via.') === true);
  }

  /** MD5 of every object by name. */
  async contents(container: DemoContainer): Promise<Record<string, string>> {
    const items = await this.rig.list(container);
    return Object.fromEntries(
      [...items].map(([name, { properties }]) => [
        name,
        Buffer.from(properties.contentMD5 ?? []).toString('base64'),
      ]),
    );
  }
}

export interface RuleStatus {
  readonly lastEventAt: string | null;
  readonly lagMs: { readonly p50: number; readonly p99: number } | null;
  readonly last24Hours: Readonly<Record<string, number>>;
  readonly backlog: { readonly queuedEvents: number | null; readonly waiting: number };
  readonly deadLetters: number;
  readonly poisonedMessages: number;
}
