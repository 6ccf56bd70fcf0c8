import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { forEachConcurrently, type DemoContainer } from '../../src/localhost/demo/account.js';
import type { JobView } from '../../src/report/job-view.js';
import type { LocalRig } from './local-rig.js';

/** A backup as the API shows it. */
export interface Point {
  readonly id: string;
  readonly status: string;
  readonly mode: string;
  readonly objects?: number;
  readonly copied?: { readonly objects: number };
  readonly needs: readonly string[];
  readonly destination: string;
  readonly base?: string;
  readonly prune?: { readonly job: string };
}

/** Policies of backups on the local rig. */
export class BackupRig {
  readonly rig: LocalRig;

  constructor(rig: LocalRig) {
    this.rig = rig;
  }

  /** A timer's function, asked at once instead of at its next time. */
  async tick(timer: 'schedule' | 'supervise' = 'schedule'): Promise<void> {
    const reply = await fetch(`${this.rig.local.localJson.apiUrl}/admin/functions/${timer}`, {
      method: 'POST',
    });
    expect(reply.status).toBe(202);
  }

  /** Newest first; none when nothing is known of the name. */
  async points(policy: string): Promise<readonly Point[]> {
    const reply = await this.rig.call('GET', `policies/${policy}/points`);
    return reply.status === 404 ? [] : (reply.body['points'] as readonly Point[]);
  }

  /** Ticks until the backups are as wanted. */
  async pointsWhen(policy: string, wanted: (points: readonly Point[]) => boolean): Promise<readonly Point[]> {
    const deadline = Date.now() + 90_000;
    for (;;) {
      await this.tick();
      await sleep(250);
      const found = await this.points(policy);
      if (wanted(found)) return found;
      if (Date.now() > deadline) throw new Error(`the backups stay ${JSON.stringify(found)}`);
    }
  }

  /** A policy that is due by hand alone; URLs are of folders. */
  async save(
    name: string,
    job: { readonly source: string; readonly destination: string; readonly [more: string]: unknown },
    backup: object,
  ): Promise<void> {
    const schedule = { cron: '0 0 1 1 *', timeZone: 'Europe/Berlin' };
    const reply = await this.rig.call('PUT', `policies/${name}`, { kind: 'schedule', schedule, job, backup });
    expect(reply).toMatchObject({ status: 201 });
  }

  /** Runs the policy now, and waits until its backup is looked at. */
  async backUp(policy: string): Promise<Point> {
    const reply = await this.rig.call('POST', `policies/${policy}/run`);
    expect(reply.status).toBe(202);
    const job = await this.rig.settled(reply.body['id'] as string);
    expect([job.status, job.conservation?.holds]).toEqual(['Completed', true]);
    const found = await this.pointsWhen(
      policy,
      (all) => all.find(({ id }) => id === job.id)?.status !== 'running',
    );
    const point = found.find(({ id }) => id === job.id);
    if (point === undefined) throw new Error('the backup is gone');
    return point;
  }

  async restore(policy: string, body: object): Promise<JobView> {
    const reply = await this.rig.call('POST', `policies/${policy}/restore`, body);
    if (reply.status !== 202) throw new Error(JSON.stringify(reply.body));
    return this.rig.settled(reply.body['id'] as string);
  }

  /** Name and content of every object in a container. */
  async contentOf(container: DemoContainer): Promise<ReadonlyMap<string, string>> {
    const content = new Map<string, string>();
    await forEachConcurrently((await this.rig.list(container)).keys(), 8, async (name) => {
      content.set(name, (await container.blob(name).downloadToBuffer()).toString('utf8'));
    });
    return content;
  }
}
