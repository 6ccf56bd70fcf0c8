/** What a job of a policy's backups does beyond an ordinary copy. Ids are those of the jobs that made the points. */
export type BackupTask =
  /** Copies only what the manifest of `base` does not have as it is now; without `base` everything. */
  | { readonly kind: 'incremental'; readonly policy: string; readonly point: string; readonly base?: string }
  /** Copies a point whose objects lie in the folders of several, as its manifest says. */
  | {
      readonly kind: 'restore';
      readonly policy: string;
      readonly point: string;
      readonly homes: readonly BackupHome[];
      /** How many the manifest has. */
      readonly objects: number;
    }
  /** Copies the folder of a point that holds everything itself. */
  | { readonly kind: 'restoreFull'; readonly policy: string; readonly point: string }
  /** Deletes a point's folder; source and destination are that folder. */
  | { readonly kind: 'prune'; readonly policy: string; readonly point: string };

/** A point that holds objects, and its folder (a key prefix ending in `/`). */
export interface BackupHome {
  readonly point: string;
  readonly prefix: string;
}

/** True when a job reads a backup, which nobody changes: an object of it that is gone, or another, is missing in the copy. */
export function isRestore(task: BackupTask | undefined): boolean {
  return task?.kind === 'restore' || task?.kind === 'restoreFull';
}
