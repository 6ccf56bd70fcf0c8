import type { StringMap } from '../job/operation.js';
import type { ListedObject } from '../storage/store.js';

/** Metadata of what a rule has written where others may write too: the source's ETag. Others' writes do not carry it. */
const markerKey = 'transhipsource';

/** True when a rule wrote the object as it stands. */
export function isMarked(object: ListedObject): boolean {
  return Object.keys(object.metadata).some((key) => key.toLowerCase() === markerKey);
}

/** The object without the marker, for comparing it with its source. */
export function unmarked(object: ListedObject): ListedObject {
  return { ...object, metadata: withoutMarker(object.metadata) };
}

/** The source's metadata as the destination gets it. */
export function marked(source: ListedObject): StringMap {
  return { ...withoutMarker(source.metadata), [markerKey]: source.etag.replaceAll('"', '') };
}

function withoutMarker(metadata: StringMap): StringMap {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => key.toLowerCase() !== markerKey));
}
