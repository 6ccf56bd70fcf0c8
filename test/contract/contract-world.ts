import { expect } from 'vitest';
import type { ObjectProperties, StringMap } from '../../src/job/operation.js';
import type { Side } from '../../src/storage/side.js';
import type { AccountStore, ContainerStore, ListedObject, WriteSettings } from '../../src/storage/store.js';

/** What the contract puts past the store under test. */
export interface ContractPut {
  readonly body: string;
  readonly properties?: ObjectProperties;
  readonly metadata?: StringMap;
  readonly tags?: StringMap;
  readonly tier?: string;
}

/** An implementation under test, with two accounts and the means to look behind it. */
export interface ContractSubject {
  readonly source: string;
  readonly destination: string;
  open(account: string, side?: Side): AccountStore;
  put(account: string, container: string, key: string, object: ContractPut): Promise<void>;
  /** Equal for two objects exactly when their bytes are equal. */
  content(account: string, container: string, key: string): Promise<string>;
  /** Requests that the store under test has sent so far. */
  requests(): number;
  close(): Promise<void>;
}

/** One test: fresh containers on both sides. */
export interface World {
  readonly subject: ContractSubject;
  readonly from: ContainerStore;
  readonly to: ContainerStore;
  readonly names: { readonly from: string; readonly to: string };
}

/** Never fires. */
export const signal = new AbortController().signal;
/** All as the source has it. */
export const plain: WriteSettings = { copyProperties: true };

/** Puts an object at the source and tells what a plan would know of it. */
export async function putSource(
  world: World,
  key: string,
  object: ContractPut = { body: 'hello' },
): Promise<ListedObject> {
  await world.subject.put(world.subject.source, world.names.from, key, object);
  const found = await world.from.stat(key, { tags: true, signal });
  if (found === undefined) throw new Error(`${key} was just put`);
  return found;
}

/** Puts an object at the destination and tells what a plan would know of it. */
export async function putDestination(world: World, key: string, body = 'old'): Promise<ListedObject> {
  await world.subject.put(world.subject.destination, world.names.to, key, { body });
  const found = await world.to.stat(key, { signal });
  if (found === undefined) throw new Error(`${key} was just put`);
  return found;
}

/** Compares content behind the store. */
export async function expectSameBytes(world: World, key: string, copy = key): Promise<void> {
  const { subject, names } = world;
  expect(await subject.content(subject.destination, names.to, copy)).toBe(
    await subject.content(subject.source, names.from, key),
  );
}

/** Requests that `action` makes the store send. */
export async function countRequests(world: World, action: () => Promise<unknown>): Promise<number> {
  const before = world.subject.requests();
  await action();
  return world.subject.requests() - before;
}
