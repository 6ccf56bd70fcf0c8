import type { Block } from '@azure/storage-blob';
import { isCopyError } from '../../job/copy-error.js';
import type { BlockStore, CopyReceipt, CopySource, StagedBlock, WritePin, WriteSettings } from '../store.js';
import { AzureObjectStore } from './object-store.js';
import { hasEntries, toWriteOptions } from './write-settings.js';

interface BlockLists {
  readonly committed: readonly StagedBlock[];
  readonly uncommitted: readonly StagedBlock[];
  readonly etag?: string;
}

/** A Blob container that also assembles objects from blocks, and sets tiers. */
export class AzureBlockStore extends AzureObjectStore implements BlockStore {
  async stageFrom(
    key: string,
    blockId: string,
    source: CopySource,
    range: { readonly offset: number; readonly sizeBytes: number },
    signal: AbortSignal,
  ): Promise<{ readonly requestId: string }> {
    const url = `${this.access.blobUrl(key)}?comp=block&blockid=${encodeURIComponent(blockId)}`;
    const last = range.offset + range.sizeBytes - 1;
    const bytes = `bytes=${String(range.offset)}-${String(last)}`;
    const reply = await this.access.copy('put block', source, { signal }, (from) => ({
      url,
      headers: { ...from, 'x-ms-source-range': bytes },
    }));
    return { requestId: reply.header('x-ms-request-id') ?? '' };
  }

  async setTier(key: string, tier: string, signal: AbortSignal): Promise<{ readonly requestId: string }> {
    const blob = this.access.blob(key);
    const { writeSide: side } = this.access.context;
    const reply = await this.access.request({ action: 'set tier', side, signal }, () =>
      blob.setAccessTier(tier, { abortSignal: signal }),
    );
    return { requestId: reply.requestId ?? '' };
  }

  async listBlocks(key: string, signal: AbortSignal): Promise<BlockLists> {
    const blob = this.access.blob(key);
    const { writeSide: side } = this.access.context;
    try {
      const lists = await this.access.request({ action: 'list blocks', side, signal }, () =>
        blob.getBlockList('all', { abortSignal: signal }),
      );
      const committed = (lists.committedBlocks ?? []).map(toStagedBlock);
      const uncommitted = (lists.uncommittedBlocks ?? []).map(toStagedBlock);
      return lists.etag === undefined
        ? { committed, uncommitted }
        : { committed, uncommitted, etag: lists.etag };
    } catch (error) {
      if (isCopyError(error) && error.serviceCode === 'BlobNotFound')
        return { committed: [], uncommitted: [] };
      throw error;
    }
  }

  async commit(
    key: string,
    blockIds: readonly string[],
    pin: WritePin,
    settings: WriteSettings,
    signal: AbortSignal,
  ): Promise<CopyReceipt> {
    const blob = this.access.blob(key);
    const { writeSide: side } = this.access.context;
    const tags = hasEntries(settings.tags);
    const reply = await this.access.request({ action: 'commit blocks', side, tags, signal }, () =>
      blob.commitBlockList([...blockIds], { ...toWriteOptions(pin, settings), abortSignal: signal }),
    );
    return {
      etag: reply.etag ?? '',
      requestId: reply.requestId ?? '',
      lastModified: reply.lastModified?.toISOString() ?? '',
    };
  }
}

function toStagedBlock(block: Block): StagedBlock {
  return { id: block.name, sizeBytes: block.size };
}
