/**
 * True for the creation time of a file in Azure Files that some job has begun to fill and has not finished: a time in the
 * years 1700 to 1799, when nobody made files. Its length is right, its content is not. Pure.
 */
export function isUnfinished(creationTime: string | undefined): boolean {
  return creationTime?.startsWith('17') === true;
}
