/** Where one object of a point in time lies. Rows are in the listing order of the source. */
export interface ManifestRow {
  /** Relative key. */
  readonly key: string;
  readonly sizeBytes: number;
  /** Of the source object that was copied, quoted as on the wire. */
  readonly etag: string;
  /** Of the source object, ISO 8601. */
  readonly lastModified: string;
  /** The point whose folder holds the copy. */
  readonly home: string;
}
