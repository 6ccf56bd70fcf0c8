import { DefaultAzureCredential } from '@azure/identity';
import { QueueClient } from '@azure/storage-queue';
import type { AppSettings } from '../app-settings.js';
import { SystemError } from '../system-error.js';

/** A message that was taken from a queue. */
export interface QueueMessage {
  readonly id: string;
  /** As it lies in the queue. */
  readonly text: string;
  /** How often it was taken, this time included. */
  readonly dequeueCount: number;
  /** Names this taking; changes with `hide`. */
  readonly receipt: string;
  readonly insertedAt: Date;
  readonly expiresAt: Date;
  readonly visibleAt: Date;
}

/** One storage queue, as a trigger needs it. */
export interface MessageQueue {
  /** Takes up to `limit` messages for `visibilityMs`. Empty also when there is no such queue yet. */
  receive(limit: number, visibilityMs: number): Promise<readonly QueueMessage[]>;
  /** Lets a taken message come again after `delayMs`; gives its new receipt. */
  hide(message: QueueMessage, delayMs: number): Promise<string>;
  remove(id: string, receipt: string): Promise<void>;
  /** Makes the queue when it is missing. */
  send(text: string): Promise<void>;
}

export type OpenQueue = (queue: string, connection: string, settings: AppSettings) => MessageQueue;

/** Opens a queue by identity, as `<connection>__queueServiceUri` says. Throws a SystemError without that setting. */
export const openStorageQueue: OpenQueue = (queue, connection, settings) => {
  const uri = settings[`${connection}__queueServiceUri`];
  if (uri === undefined || uri === '') {
    throw new SystemError(
      `The setting ${connection}__queueServiceUri is missing: queue "${queue}" is not read.`,
    );
  }
  const client = new QueueClient(`${uri.replace(/\/$/, '')}/${queue}`, new DefaultAzureCredential(), {
    retryOptions: { maxTries: 1 },
  });
  return {
    receive: (limit, visibilityMs) => receive(client, limit, visibilityMs),
    hide: async ({ id, receipt, text }, delayMs) => {
      const reply = await client.updateMessage(id, receipt, text, Math.ceil(delayMs / 1000));
      return reply.popReceipt ?? receipt;
    },
    remove: async (id, receipt) => {
      await client.deleteMessage(id, receipt);
    },
    send: async (text) => {
      await client.createIfNotExists();
      await client.sendMessage(text);
    },
  };
};

async function receive(
  client: QueueClient,
  limit: number,
  visibilityMs: number,
): Promise<readonly QueueMessage[]> {
  try {
    const reply = await client.receiveMessages({
      numberOfMessages: limit,
      visibilityTimeout: Math.ceil(visibilityMs / 1000),
    });
    return reply.receivedMessageItems.map((item) => ({
      id: item.messageId,
      text: item.messageText,
      dequeueCount: item.dequeueCount,
      receipt: item.popReceipt,
      insertedAt: item.insertedOn,
      expiresAt: item.expiresOn,
      visibleAt: item.nextVisibleOn,
    }));
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return [];
    throw error;
  }
}
