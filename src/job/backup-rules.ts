export const backupModes = ['full', 'incremental'] as const;

/** How many backups stay; a backup stays when any rule keeps it. */
export interface Retention {
  /** The newest so many. */
  readonly keepLast?: number;
  /** The last of a day (week, month, year; by UTC), for the newest so many that have one. */
  readonly daily?: number;
  readonly weekly?: number;
  readonly monthly?: number;
  readonly yearly?: number;
  /** Younger backups always stay. */
  readonly minimumAgeDays?: number;
}

/** What makes a schedule's jobs backups. */
export interface BackupRules {
  /** Folder of each backup below the destination; see `expandTemplate`. */
  readonly template: string;
  /** `incremental`: only what changed since the last good backup, with a manifest of the whole point in time. */
  readonly mode: (typeof backupModes)[number];
  /** Incremental: every so many backups one holds everything. */
  readonly fullEvery: number;
  /** Absent: everything stays. */
  readonly retention?: Retention;
}
