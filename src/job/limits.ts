const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const gibibyte = 1024 * mebibyte;

/** Limits of the services. REST reference: Put Blob From URL, Put Block From URL, Put Block List, List Blobs. */
export const serviceLimits = {
  /** Put Blob From URL, service version 2020-04-08 and later. */
  putBlobFromUrlBytes: 5000 * mebibyte,
  /** Put Block From URL, service version 2019-12-12 and later. */
  blockBytes: 4000 * mebibyte,
  committedBlocks: 50_000,
  copySourceUrlBytes: 2 * kibibyte,
  listPageObjects: 5000,
  nameCharacters: 1024,
  /** Azure Files: a path, a component of it, directories in one another. */
  filePathCharacters: 2048,
  fileNameCharacters: 255,
  fileDepth: 250,
  /** Put Range From URL. */
  fileRangeBytes: 4 * mebibyte,
  fileBytes: 4 * 1024 * gibibyte,
} as const;

/** Our own sizes. */
export const segmentLimits = {
  operations: 5000,
  sizeBytes: 64 * gibibyte,
  /** Large objects in one segment; they become work of their own. */
  largeObjects: 8,
  /** Objects that one segment may settle by listing alone. */
  scanned: 50_000,
} as const;

export const objectSizes = {
  singleShotBytes: 256 * mebibyte,
  /** Above this, an object's blocks are work for any lane. */
  largeBytes: gibibyte,
  defaultBlockBytes: 64 * mebibyte,
  blockStepBytes: 64 * mebibyte,
  minRunBytes: 256 * mebibyte,
  maxRunBytes: 64 * gibibyte,
} as const;

export const laneLimits = { small: 1, few: 4, default: 32, max: 96 } as const;

/** Deletes that a mirror makes without anybody's approval. */
export const defaultDeleteGuard = { maxDeletes: 1000, maxDeletePercent: 25 } as const;
