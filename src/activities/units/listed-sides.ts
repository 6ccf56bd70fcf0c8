import type { ObjectStore } from '../../storage/store.js';
import { emptyListing, manifestListing, restoredListing } from '../../plan/manifest-listing.js';
import { createManifestReader } from '../../record/manifest.js';
import type { SliceScope } from '../slice-scope.js';

/**
 * Both sides of a pair as its scan lists them, `source` being its container; a job of a policy's backups compares with manifests, or with
 * nothing.
 */
export function listedSides(
  scope: SliceScope,
  index: number,
  source: ObjectStore,
): { readonly source: ObjectStore; readonly destination: ObjectStore } {
  const sides = { source, destination: scope.destination(index) };
  const { sourceBase, destinationBase } = scope.pair(index);
  const task = scope.spec.backup;
  switch (task?.kind) {
    case undefined:
    case 'restoreFull':
      return sides;
    case 'incremental': {
      const { policy, base } = task;
      if (base === undefined) return sides;
      const readPage = createManifestReader(scope.state, { policy, point: base });
      return { ...sides, destination: manifestListing(sides.destination, destinationBase, readPage) };
    }
    case 'restore': {
      const readPage = createManifestReader(scope.state, task);
      const place = { base: sourceBase, home: task.homes[index]?.point ?? '' };
      return { ...sides, source: restoredListing(sides.source, place, readPage) };
    }
    case 'prune':
      return { ...sides, source: emptyListing(sides.source) };
  }
}
