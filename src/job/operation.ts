/** HTTP properties of an object, as the listing gives them. */
export interface ObjectProperties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly contentDisposition?: string;
  readonly cacheControl?: string;
}

export type StringMap = Readonly<Record<string, string>>;

/**
 * What the plan wants for one object; one line of a segment. Keys are relative: source key = pair's source base + key,
 * destination key = pair's destination base + key.
 */
export interface Operation {
  readonly action: 'copy' | 'delete';
  /** Index into the job's container pairs. */
  readonly pair: number;
  readonly key: string;
  readonly reason: CopyReason | 'extra';
  readonly sizeBytes: number;
  /** copy: the source's ETag, quoted as on the wire, to pin it. delete: the destination's. */
  readonly etag: string;
  /** Last-Modified of the object that `etag` names, ISO 8601. */
  readonly lastModified: string;
  /** Destination's ETag as the plan saw it; absent when nothing was there. */
  readonly destinationEtag?: string;
  /** Base64 Content-MD5 of the source. */
  readonly md5?: string;
  /** Access tier to set; absent when it is inferred or not to be kept. */
  readonly tier?: string;
  readonly tags?: StringMap;
  /** Carried only when the request cannot copy them from the source by itself (block uploads). */
  readonly properties?: ObjectProperties;
  readonly metadata?: StringMap;
}

/** Why an object is copied. */
export type CopyReason = 'new' | 'different' | 'newer' | 'always';

/** Why a listed object needs no work. `vanished`: it went away between listing and copy. */
export type SkipReason = 'same' | 'exists' | 'not-newer' | 'excluded' | 'vanished';

/** One object that the scan settled by itself. */
export interface Skip {
  readonly pair: number;
  readonly key: string;
  readonly reason: SkipReason;
  readonly sizeBytes: number;
}
