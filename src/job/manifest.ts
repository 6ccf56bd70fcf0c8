/** What of a source object a manifest tells beside its version. */
export interface SourceFacts {
  /** Index tags; absent: none, or they could not be read. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Access tier, where it was set and not inferred from the account. */
  readonly tier?: string;
  /** Azure Files: last-write time, as on the wire. */
  readonly writtenAt?: string;
}

/** Where one object of a point in time lies. Rows are in the listing order of the source. */
export interface ManifestRow extends SourceFacts {
  /** Relative key; that of a directory ends in `/`. */
  readonly key: string;
  readonly sizeBytes: number;
  /** Of the source object that was copied, quoted as on the wire. */
  readonly etag: string;
  /** Of the source object, ISO 8601. */
  readonly lastModified: string;
  /** The point whose folder holds the copy. */
  readonly home: string;
}
