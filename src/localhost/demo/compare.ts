import type { BlobItem } from '@azure/storage-blob';

/** What must be equal on both sides, as one text per aspect. */
function aspects(item: BlobItem): Readonly<Record<string, string>> {
  const { properties } = item;
  const md5 = properties.contentMD5;
  return {
    size: String(properties.contentLength),
    MD5: md5 === undefined ? '' : Buffer.from(md5).toString('base64'),
    'content type': properties.contentType ?? '',
    'content encoding': properties.contentEncoding ?? '',
    'content language': properties.contentLanguage ?? '',
    'content disposition': properties.contentDisposition ?? '',
    'cache control': properties.cacheControl ?? '',
    type: properties.blobType ?? '',
    // An inferred tier is the account's business and is not copied.
    tier: properties.accessTierInferred === true ? '' : (properties.accessTier ?? ''),
    metadata: sorted(item.metadata ?? {}),
    tags: sorted(item.tags ?? {}),
  };
}

function sorted(map: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Sentences about every difference between two listings; empty when the second is a faithful copy of the first. */
export function compareListings(
  source: ReadonlyMap<string, BlobItem>,
  target: ReadonlyMap<string, BlobItem>,
): string[] {
  const differences: string[] = [];
  for (const [name, item] of source) {
    const copy = target.get(name);
    if (copy === undefined) {
      differences.push(`${JSON.stringify(name)} is missing at the target`);
      continue;
    }
    const found = aspects(copy);
    for (const [aspect, value] of Object.entries(aspects(item))) {
      if (found[aspect] !== value) {
        differences.push(
          `${aspect} of ${JSON.stringify(name)}: "${value}" at the source, "${found[aspect] ?? ''}" at the target`,
        );
      }
    }
  }
  for (const name of target.keys()) {
    if (!source.has(name)) {
      differences.push(`${JSON.stringify(name)} is only at the target`);
    }
  }
  return differences;
}
