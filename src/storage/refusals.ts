import { CopyError } from '../job/copy-error.js';
import type { BlockTarget, FileTarget, ObjectStore, SnapshotSource, TierTarget } from './store.js';

/** What a store without `ranges` answers to every method of {@link FileTarget}: `unsupported`, and no request. */
export const fileRefusals: FileTarget = {
  createFile: () => refuse('Create File'),
  putRangeFrom: () => refuse('Put Range From URL'),
  setFile: () => refuse('Set File Properties'),
  listRanges: () => refuse('List Ranges'),
  createDirectory: () => refuse('Create Directory'),
  setDirectory: () => refuse('Set Directory Properties'),
  readPermission: () => refuse('Get Permission'),
  createPermission: () => refuse('Create Permission'),
};

/** What a store without `blocks`, `tiers` and `flat` answers to the methods that need them. */
export const blockRefusals: BlockTarget & TierTarget & Pick<ObjectStore, 'copyFrom' | 'list'> = {
  list: () => refuse('List Blobs'),
  copyFrom: () => refuse('Put Blob From URL'),
  stageFrom: () => refuse('Put Block From URL'),
  listBlocks: () => refuse('Get Block List'),
  commit: () => refuse('Put Block List'),
  setTier: () => refuse('Set Blob Tier'),
};

/** What an account without snapshots of whole containers answers. */
export const snapshotRefusals: SnapshotSource = {
  createSnapshot: () => refuse('Snapshot Share'),
  listSnapshots: () => refuse('list of share snapshots'),
  deleteSnapshot: () => refuse('Delete Share Snapshot'),
};

function refuse(operation: string): Promise<never> {
  const text = `this service has no ${operation}`;
  return Promise.reject(new CopyError('unsupported', text, { retryable: false }));
}
