import type { Location } from './account.js';
import type { BackupTask } from './backup-task.js';
import type { ObjectProperties, StringMap } from './operation.js';

export const overwriteModes = ['ifDifferent', 'always', 'never', 'ifNewer'] as const;
export type OverwriteMode = (typeof overwriteModes)[number];

export const preserveModes = ['auto', 'require', 'off'] as const;
/** `auto`: keep it where the identity may; what is dropped is said once. `require`: fail without it. */
export type PreserveMode = (typeof preserveModes)[number];

/**
 * What the source is. All names decoded.
 * - `prefix`: every object below `location.prefix`; keys are relative to `base`, a prefix of `location.prefix`.
 * - `object`: exactly the object `key`.
 * - `account`: every container of the account.
 * - `list`: the keys of a stored list, relative to `location.prefix`.
 */
export type Source =
  | {
      readonly kind: 'prefix';
      readonly location: Location;
      readonly base: string;
      /** Glob over the first segment of the relative key, from a wildcard in the URL. */
      readonly wildcard?: string;
      /** False: only objects without a further `/`. */
      readonly recursive: boolean;
    }
  | { readonly kind: 'object'; readonly location: Location; readonly key: string }
  | { readonly kind: 'account'; readonly location: Location }
  | { readonly kind: 'list'; readonly location: Location; readonly entries: number };

/** One direction of a filter. An object passes `include` when each given field matches, `exclude` when none does. */
export interface FilterRule {
  /** Globs (`*`, `?`, `[a-z]`) over the last segment of the name, as AzCopy's --include-pattern. */
  readonly pattern?: readonly string[];
  /** Relative paths; match the object itself and everything below it, by whole segments. */
  readonly path?: readonly string[];
  /** RE2 expressions, unanchored, over the relative key. */
  readonly regex?: readonly string[];
  readonly tier?: readonly string[];
  readonly blobType?: readonly ('BlockBlob' | 'AppendBlob' | 'PageBlob')[];
  /** Each pair must be present with this value; keys compared without case. */
  readonly metadata?: StringMap;
  readonly tags?: StringMap;
  /** Whole containers by exact name; account to account only. */
  readonly container?: readonly string[];
}

export interface Filters {
  readonly include?: FilterRule;
  readonly exclude?: FilterRule;
  readonly minSizeBytes?: number;
  readonly maxSizeBytes?: number;
  /** ISO 8601, inclusive, on the source's Last-Modified. */
  readonly modifiedAfter?: string;
  readonly modifiedBefore?: string;
}

/** Limits above which a mirror waits for approval of its plan. */
export interface DeleteGuard {
  readonly maxDeletes: number;
  /** Share of the destination's objects, 0 to 100. Looked at above 20 deletes. */
  readonly maxDeletePercent: number;
}

/** A validated job: what is stored, and what every later step works from. URLs are gone; accounts are names. */
export interface JobSpec {
  readonly source: Source;
  readonly destination: Location;
  readonly overwrite: OverwriteMode;
  /** Present: delete what the source does not have, behind the guard. */
  readonly mirror?: DeleteGuard;
  /** Plan only; write nothing at the destination. */
  readonly dryRun: boolean;
  /** Plan everything, then wait for approval by the plan's hash. */
  readonly approve: boolean;
  readonly filters: Filters;
  readonly tags: PreserveMode;
  readonly tier: PreserveMode;
  readonly preserveProperties: boolean;
  readonly preserveMetadata: boolean;
  /** Set on every copied object, instead of the source's. */
  readonly properties?: ObjectProperties;
  readonly metadata?: StringMap;
  readonly setTier?: string;
  readonly createContainers: boolean;
  /** Block size for block uploads; absent: chosen from the object's size. */
  readonly blockSizeBytes?: number;
  /** Objects up to this size are copied by one request. At most 5,000 MiB, 256 MiB by default. */
  readonly singleShotBytes: number;
  /** Requests in flight over all lanes. */
  readonly maxInFlight: number;
  readonly allowOverlap: boolean;
  /** Azure Files to Azure Files: keep attributes, creation and last-write time. */
  readonly preserveInfo?: boolean;
  /** Azure Files to Azure Files: keep security descriptors. */
  readonly preservePermissions?: boolean;
  /** Write names that Azure Files does not take percent-encoded, instead of failing them. */
  readonly escapeNames?: boolean;
  /** Keep directories as objects of their own, empty ones too. */
  readonly emptyDirectories?: boolean;
  /** `snapshot`: read from a share snapshot that lives as long as the job. */
  readonly consistency?: 'snapshot';
  readonly retryOf?: string;
  /** The part that the job plays in a policy's backups. */
  readonly backup?: BackupTask;
}

/** One source container and where it goes. Keys of operations are relative to the two bases. */
export interface ContainerPair {
  readonly sourceContainer: string;
  /** Prefix that listings ask for; begins with `sourceBase`. */
  readonly listPrefix: string;
  readonly sourceBase: string;
  readonly destinationContainer: string;
  readonly destinationBase: string;
}
