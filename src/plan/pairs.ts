import type { Location } from '../job/account.js';
import type { BackupHome } from '../job/backup-task.js';
import type { ContainerPair, Filters, Source } from '../job/job-spec.js';
import { globHead } from './glob.js';

/** Containers that the service fills itself: nobody can write them, and they are no part of an account's data. */
const serviceContainers = ['$logs', '$blobchangefeed'];

/**
 * The one container pair of a source that lies in one container. A single object has the relative key '': both bases
 * are full keys, `destination.prefix` the full name of the copy. A listing asks only for what a wildcard can match.
 */
export function pairFor(source: Exclude<Source, { kind: 'account' }>, destination: Location): ContainerPair {
  const shared = {
    sourceContainer: source.location.container,
    destinationContainer: destination.container,
    destinationBase: destination.prefix,
  };
  switch (source.kind) {
    case 'object':
      return { ...shared, listPrefix: source.key, sourceBase: source.key };
    case 'list':
      return { ...shared, listPrefix: source.location.prefix, sourceBase: source.location.prefix };
    case 'prefix': {
      const { prefix } = source.location;
      const narrowed = source.base + globHead(source.wildcard ?? '');
      return {
        ...shared,
        listPrefix: narrowed.startsWith(prefix) ? narrowed : prefix,
        sourceBase: source.base,
      };
    }
  }
}

/** A pair for each folder that holds objects of the point that is restored: all go to the same place. */
export function pairsForRestore(
  { location }: Source,
  destination: Location,
  homes: readonly BackupHome[],
): readonly ContainerPair[] {
  return homes.map(({ prefix }) => ({
    sourceContainer: location.container,
    listPrefix: prefix,
    sourceBase: prefix,
    destinationContainer: destination.container,
    destinationBase: destination.prefix,
  }));
}

/**
 * A pair for each of the account's containers that passes the container filters, in the order given. To a whole account:
 * into the container of the same name. To a container: below its name as a folder. `$logs` and `$blobchangefeed` are
 * left out.
 */
export function pairsForAccount(
  containers: readonly string[],
  destination: Location,
  filters: Filters,
): readonly ContainerPair[] {
  const included = filters.include?.container;
  const excluded = filters.exclude?.container ?? [];
  const { prefix } = destination;
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  return containers
    .filter(
      (name) =>
        !serviceContainers.includes(name) &&
        (included === undefined || included.includes(name)) &&
        !excluded.includes(name),
    )
    .map((name) => ({
      sourceContainer: name,
      listPrefix: '',
      sourceBase: '',
      destinationContainer: destination.container === '' ? name : destination.container,
      destinationBase: destination.container === '' ? '' : `${folder}${name}/`,
    }));
}
