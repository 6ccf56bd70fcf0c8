import { serviceLimits } from '../job/limits.js';
import type { Operation, StringMap } from '../job/operation.js';
import type { ListedObject, WritePin, WriteSettings } from '../storage/store.js';
import type { CopySettings } from './context.js';

export type RequestChoice = 'single-shot' | 'blocks';

/**
 * How an object is copied. One request copies the source's metadata when none is given, and none cannot be said: an
 * operation that carries empty metadata wants it dropped, and takes the way by blocks. Pure.
 */
export function chooseRequest(operation: Operation, settings: CopySettings): RequestChoice {
  return operation.sizeBytes > singleShotLimit(settings) || mustDropMetadata(operation, settings)
    ? 'blocks'
    : 'single-shot';
}

function singleShotLimit(settings: CopySettings): number {
  return Math.min(settings.singleShotBytes, serviceLimits.putBlobFromUrlBytes);
}

/** True when no request that copies the whole object can leave its metadata behind. */
export function mustDropMetadata(operation: Operation, settings: CopySettings): boolean {
  return (
    operation.metadata !== undefined && !hasEntries(operation.metadata) && !hasEntries(settings.metadata)
  );
}

/**
 * What an operation for this version of the source carries, by the same rule as the plan: all of it for blocks, empty
 * metadata where it must be dropped, complete properties where the spec sets some of them. Pure.
 */
export function carriedSettings(
  found: ListedObject,
  settings: CopySettings,
): Pick<Operation, 'properties' | 'metadata'> {
  const metadata = settings.metadata ?? (settings.preserveMetadata ? found.metadata : {});
  const properties = { ...(settings.preserveProperties ? found.properties : {}), ...settings.properties };
  const drops = !hasEntries(metadata) && hasEntries(found.metadata);
  if (found.sizeBytes > singleShotLimit(settings) || drops) return { properties, metadata };
  return settings.properties === undefined ? {} : { properties };
}

/** What the plan demands of the destination. */
export function pinOf(operation: Operation): WritePin {
  return operation.destinationEtag === undefined ? { absent: true } : { etag: operation.destinationEtag };
}

/**
 * What is written with the content. The spec's own properties and metadata win over the source's. A tier that is only
 * inferred is absent from the operation and stays inferred. Pure.
 */
export function writeSettings(
  operation: Operation,
  settings: CopySettings,
  choice: RequestChoice,
): Omit<WriteSettings, 'tags'> {
  const tier = settings.setTier ?? (settings.tier === 'off' ? undefined : operation.tier);
  const common = tier === undefined ? {} : { tier };
  return choice === 'single-shot'
    ? { ...common, ...singleShotSettings(operation, settings) }
    : { ...common, ...blockSettings(operation, settings) };
}

function singleShotSettings(operation: Operation, settings: CopySettings): Omit<WriteSettings, 'tags'> {
  const metadata = hasEntries(settings.metadata) ? { metadata: settings.metadata } : {};
  const { properties } = settings;
  if (!settings.preserveProperties) {
    return { copyProperties: false, ...metadata, ...(properties === undefined ? {} : { properties }) };
  }
  if (properties === undefined) return { copyProperties: true, ...metadata };
  // With all of the source's properties at hand nothing is left to what the service makes of copied and given ones.
  return operation.properties === undefined
    ? { copyProperties: true, ...metadata, properties }
    : { copyProperties: false, ...metadata, properties: { ...operation.properties, ...properties } };
}

function blockSettings(operation: Operation, settings: CopySettings): Omit<WriteSettings, 'tags'> {
  const kept = settings.preserveMetadata ? operation.metadata : undefined;
  const metadata = settings.metadata ?? kept;
  return {
    copyProperties: false,
    properties: { ...(settings.preserveProperties ? operation.properties : {}), ...settings.properties },
    ...(hasEntries(metadata) ? { metadata } : {}),
    ...(operation.md5 === undefined ? {} : { md5: operation.md5 }),
  };
}

function hasEntries(map: StringMap | undefined): map is StringMap {
  return map !== undefined && Object.keys(map).length > 0;
}
