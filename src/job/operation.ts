import type { ManifestRow, SourceFacts } from './manifest.js';

/** HTTP properties of an object, as the listing gives them. */
export interface ObjectProperties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly contentDisposition?: string;
  readonly cacheControl?: string;
}

export type StringMap = Readonly<Record<string, string>>;

/** What Azure Files keeps of a file or directory beside its content, as on the wire. */
export interface SmbProperties {
  /** `None`, or words such as `ReadOnly`, `Hidden`, `System`, `Archive` joined by ` | `. */
  readonly attributes?: string;
  /** ISO 8601 with seven decimals (100 ns), UTC. */
  readonly creationTime?: string;
  readonly lastWriteTime?: string;
  /** Names a security descriptor within the share that it was read from. */
  readonly permissionKey?: string;
}

/**
 * What the plan wants for one object; one line of a segment. Keys are relative: source key = pair's source base + key,
 * destination key = pair's destination base + key.
 */
export interface Operation {
  readonly action: 'copy' | 'delete';
  /** Index into the job's container pairs. */
  readonly pair: number;
  readonly key: string;
  /** Relative key at the destination, where it is not `key`: the name was escaped. */
  readonly destinationKey?: string;
  /** The key names a directory, and ends in `/`. */
  readonly kind?: 'directory';
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
  /** Of a source in Azure Files, as far as the listing tells it and the job keeps it. */
  readonly smb?: SmbProperties;
  /** True: the listing told neither properties nor metadata; only a look at the source does. */
  readonly unlisted?: boolean;
  /** Leading directories of the key that the plan saw at the destination; absent: all of them, or none are needed. */
  readonly presentDirectories?: number;
  /** Incremental backups: what else the manifest tells of the source. */
  readonly noted?: SourceFacts;
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
  /** Incremental backups: where the object that is the same lies already. */
  readonly kept?: Omit<ManifestRow, 'key' | 'sizeBytes'>;
}
