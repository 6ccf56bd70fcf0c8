import type { Policy } from '../job/policy.js';
import type { StateBlob, StateStore } from '../storage/state-store.js';
import { listAll } from './list-all.js';
import { stateNames } from './refs.js';

/** A policy with the ETag of the blob it was read from. */
export interface PolicyVersion {
  readonly policy: Policy;
  readonly etag: string;
}

/** The policy, or undefined when there is none. One request. */
export async function readPolicy(state: StateStore, name: string): Promise<PolicyVersion | undefined> {
  const blob = await state.get(stateNames.policy(name));
  return blob === undefined ? undefined : versionOf(blob);
}

/** Every policy by name. One request per policy and one per 5,000. */
export async function* listPolicies(state: StateStore): AsyncGenerator<PolicyVersion> {
  for await (const { name } of listAll(state, stateNames.policies)) {
    const blob = await state.get(name);
    const version = blob === undefined ? undefined : versionOf(blob);
    if (version !== undefined) yield version;
  }
}

/**
 * Stores a policy over the version with this ETag, or as a new one. The new ETag, or undefined when there is another
 * version by now. One request; up to three where a removal was cut off.
 */
export async function writePolicy(
  state: StateStore,
  policy: Policy,
  etag: string | undefined,
): Promise<string | undefined> {
  const name = stateNames.policy(policy.name);
  const body = JSON.stringify(policy);
  if (etag !== undefined) return state.put(name, body, { condition: { ifMatch: etag } });
  const created = await state.put(name, body, { condition: { ifAbsent: true } });
  if (created !== undefined) return created;
  const standing = await state.get(name);
  return standing?.body.length === 0
    ? state.put(name, body, { condition: { ifMatch: standing.etag } })
    : undefined;
}

/**
 * Removes the version that was read, and where its schedule stands; false when it is another by now. What the policy
 * started stays. A crash in between leaves a mark that counts as no policy. Three requests.
 */
export async function removePolicy(state: StateStore, { policy, etag }: PolicyVersion): Promise<boolean> {
  const name = stateNames.policy(policy.name);
  const marked = await state.put(name, '', { condition: { ifMatch: etag } });
  if (marked === undefined) return false;
  await state.delete(stateNames.schedule(policy.name));
  await state.delete(name);
  return true;
}

function versionOf({ body, etag }: StateBlob): PolicyVersion | undefined {
  return body.length === 0 ? undefined : { policy: JSON.parse(body.toString('utf8')) as Policy, etag };
}
