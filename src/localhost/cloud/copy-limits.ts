import { z } from 'zod';

const MiB = 1024 * 1024;

/** Limits of copies and of the listings that they need; the defaults are the service's own. Tests lower them. JSON of `PUT /limits`. */
export const copyLimitsSchema = z.strictObject({
  putBlobFromUrlBytes: z
    .int()
    .min(0)
    .default(5000 * MiB),
  putBlockFromUrlBytes: z
    .int()
    .min(0)
    .default(4000 * MiB),
  copyBlobFromUrlBytes: z
    .int()
    .min(0)
    .default(256 * MiB),
  appendBlockFromUrlBytes: z
    .int()
    .min(0)
    .default(100 * MiB),
  putPageFromUrlBytes: z
    .int()
    .min(0)
    .default(4 * MiB),
  /** How long a Copy File stays pending before its first byte, so that it can be watched and aborted. */
  copyFilePendingMs: z.int().min(0).default(0),
  /** Longest `x-ms-copy-source`, in bytes. */
  copySourceBytes: z.int().min(0).default(2048),
  /** Most entries in one page of List Directories and Files. */
  filesPageEntries: z.int().min(1).max(5000).default(5000),
});
export type CopyLimits = z.infer<typeof copyLimitsSchema>;
