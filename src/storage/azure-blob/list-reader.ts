import type { ObjectProperties, StringMap } from '../../job/operation.js';
import type { ListedObject } from '../store.js';
import { XmlReader } from './xml-reader.js';
import type { XmlElement } from './xml-reader.js';

type Entries = (readonly [string, string])[];

/** Reads the XML of List Blobs as it arrives. `tags: false` leaves them out of the objects. */
export class ListReader {
  readonly #xml: XmlReader;
  readonly #tags: boolean;
  readonly #onObject: (object: ListedObject) => void;
  #complete = false;
  #next = '';
  #key = '';
  #properties = new Map<string, string>();
  #metadata: Entries = [];
  #tagSet: Entries = [];
  #tagKey = '';

  constructor(tags: boolean, onObject: (object: ListedObject) => void) {
    this.#tags = tags;
    this.#onObject = onObject;
    this.#xml = new XmlReader((element) => {
      this.#read(element);
    });
  }

  /** Throws when it is not well formed. */
  write(text: string): void {
    this.#xml.write(text);
  }

  /** The token of the next page, empty on the last. Throws when the listing is not complete. */
  end(): string {
    this.#xml.end();
    if (!this.#complete) throw new Error('no listing');
    return this.#next;
  }

  #read(element: XmlElement): void {
    const { name, parent, text } = element;
    switch (parent) {
      case 'Properties':
        this.#properties.set(name, text);
        break;
      case 'Metadata':
        this.#metadata.push([name, text]);
        break;
      case 'Tag':
        // The key comes first.
        if (name === 'Key') this.#tagKey = text;
        else this.#tagSet.push([this.#tagKey, text]);
        break;
      case 'Blob':
      case 'BlobPrefix':
        if (name === 'Name') this.#key = nameOf(element);
        break;
      case 'Blobs':
        this.#finish(name);
        break;
      case 'EnumerationResults':
        if (name === 'NextMarker') this.#next = text;
        break;
      case '':
        this.#complete = name === 'EnumerationResults';
        break;
    }
  }

  #finish(name: string): void {
    if (name === 'BlobPrefix') this.#onObject(directoryOf(this.#key));
    // With a hierarchical namespace directories are listed beside what lies in them; writing that makes them.
    const isDirectory = this.#properties.get('ResourceType') === 'directory';
    if (name === 'Blob' && !isDirectory) this.#onObject(this.#object());
    this.#properties = new Map();
    this.#metadata = [];
    this.#tagSet = [];
  }

  #object(): ListedObject {
    return {
      key: this.#key,
      ...listedProperties(this.#properties),
      metadata: toMap(this.#metadata),
      ...(this.#tags ? { tags: toMap(this.#tagSet) } : {}),
    };
  }
}

/** Names that XML cannot hold are percent-encoded and say so. */
function nameOf({ text, attributes }: XmlElement): string {
  return attributes['Encoded'] === 'true' ? decodeURIComponent(text) : text;
}

/** A common beginning of names, which a listing with a delimiter gives in their place. */
function directoryOf(key: string): ListedObject {
  const nothing = { sizeBytes: 0, etag: '', lastModified: '', properties: {}, metadata: {} };
  return { key, kind: 'directory', blobType: 'BlockBlob', ...nothing };
}

function toMap(entries: Entries): StringMap {
  return entries.length === 0 ? {} : Object.fromEntries(entries);
}

/** Listings give ETags without the quotes that headers have. */
export function quoteEtag(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

function listedProperties(
  from: ReadonlyMap<string, string>,
): Omit<ListedObject, 'key' | 'metadata' | 'tags'> {
  const md5 = from.get('Content-MD5') ?? '';
  const tier = from.get('AccessTier') ?? '';
  const inferred = from.get('AccessTierInferred');
  return {
    sizeBytes: Number(from.get('Content-Length') ?? 0),
    etag: quoteEtag(from.get('Etag') ?? ''),
    lastModified: new Date(from.get('Last-Modified') ?? '').toISOString(),
    blobType: blobTypeOf(from.get('BlobType')),
    ...(md5 === '' ? {} : { md5 }),
    ...(tier === '' ? {} : { tier }),
    ...(inferred === undefined ? {} : { tierInferred: inferred === 'true' }),
    properties: httpProperties(from),
  };
}

function blobTypeOf(text: string | undefined): ListedObject['blobType'] {
  return text === 'AppendBlob' || text === 'PageBlob' ? text : 'BlockBlob';
}

const propertyNames = [
  ['contentType', 'Content-Type'],
  ['contentEncoding', 'Content-Encoding'],
  ['contentLanguage', 'Content-Language'],
  ['contentDisposition', 'Content-Disposition'],
  ['cacheControl', 'Cache-Control'],
] as const;

/** Listings give an empty element for what was never set. */
function httpProperties(from: ReadonlyMap<string, string>): ObjectProperties {
  const properties: Partial<Record<keyof ObjectProperties, string>> = {};
  for (const [property, name] of propertyNames) {
    const value = from.get(name);
    if (value !== undefined && value !== '') properties[property] = value;
  }
  return properties;
}
