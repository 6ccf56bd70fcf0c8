import type { SourceFacts } from '../job/manifest.js';
import type { ListedObject } from '../storage/store.js';
import { decide, type Decision, type DiffInput, explicitTier, sameMap, skipped, wantedTags } from './diff.js';
import { homeOf } from './manifest-object.js';

/**
 * Decides what an incremental backup does with one object. `destination` is what the manifest of the backup before says:
 * the same version with the same index tags, which change without the ETag, stays where it lies; anything else is copied
 * into the new folder, where nothing is yet. Another access tier is no other object: the manifest tells it. Pure.
 */
export function decideIncremental(input: DiffInput): Decision {
  const { source, destination } = input;
  if (destination !== undefined && isSame(input, destination)) {
    const { etag, lastModified } = source;
    const { skip } = skipped(input, 'same');
    const facts = factsOf(input, destination);
    return {
      kind: 'skip',
      skip: { ...skip, kept: { etag, lastModified, home: homeOf(destination), ...facts } },
    };
  }
  const decision = decide({ ...input, destination: undefined });
  if (decision.kind !== 'copy') return decision;
  const noted = factsOf(input, undefined);
  const operation = {
    ...decision.operation,
    ...(destination === undefined ? {} : { reason: 'different' as const }),
    ...(Object.keys(noted).length === 0 ? {} : { noted }),
  };
  return { kind: 'copy', operation };
}

/** Files change under an ETag that nobody has promised anything about: their length and write time count, too. */
function isSame({ source, spec, keepable }: DiffInput, before: ListedObject): boolean {
  // What stands for a directory is the same whatever happens in it.
  if (source.kind === 'directory') return true;
  const tags = wantedTags(source, spec, keepable);
  return (
    before.etag === source.etag &&
    before.sizeBytes === source.sizeBytes &&
    before.smb?.lastWriteTime === source.smb?.lastWriteTime &&
    (tags === undefined || sameMap(tags, before.tags ?? {}))
  );
}

/** Tags that cannot be read now are those of the backup before. */
function factsOf({ source, spec, keepable }: DiffInput, before: ListedObject | undefined): SourceFacts {
  const tags = wantedTags(source, spec, keepable) ?? before?.tags ?? {};
  const tier = spec.tier === 'off' ? undefined : explicitTier(source);
  const writtenAt = source.kind === undefined ? source.smb?.lastWriteTime : undefined;
  return {
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    ...(tier === undefined ? {} : { tier }),
    ...(writtenAt === undefined ? {} : { writtenAt }),
  };
}
