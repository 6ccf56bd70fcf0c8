import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { blocks } from './block-contract.js';
import { signal } from './contract-world.js';
import type { ContractSubject, World } from './contract-world.js';
import { copying, deleting } from './copying-contract.js';
import { containers, directories, listing, looking } from './reading-contract.js';

/** Runs the promises of `storage/store.ts` against an implementation. */
export function objectStoreContract(name: string, openSubject: () => Promise<ContractSubject>): void {
  describe(`${name} keeps the contract of an object store`, () => {
    let subject: ContractSubject;
    let number = 0;
    let world: World;
    beforeAll(async () => {
      subject = await openSubject();
    });
    afterAll(() => subject.close());
    beforeEach(async () => {
      number += 1;
      const names = { from: `from-${String(number)}`, to: `to-${String(number)}` };
      const accounts = [
        subject.open(subject.source, 'source'),
        subject.open(subject.destination, 'destination'),
      ];
      const [source, destination] = accounts;
      if (source === undefined || destination === undefined) throw new Error('two accounts were opened');
      await source.createContainer(names.from, signal);
      await destination.createContainer(names.to, signal);
      world = { subject, names, from: source.container(names.from), to: destination.container(names.to) };
    });
    const get = (): World => world;
    listing(get);
    directories(get);
    looking(get);
    copying(get);
    deleting(get);
    blocks(get);
    containers(get);
  });
}
