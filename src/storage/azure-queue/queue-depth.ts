import type { TokenCredential } from '@azure/identity';
import { QueueClient } from '@azure/storage-queue';

/**
 * Messages in a storage queue, about: those that are being worked on count too. Null when the queue does not say, for
 * example as there is none. One request; does not throw.
 */
export async function queueDepth(
  queueEndpoint: string,
  queue: string,
  credential: TokenCredential,
): Promise<number | null> {
  const client = new QueueClient(`${queueEndpoint}/${queue}`, credential, { retryOptions: { maxTries: 1 } });
  try {
    const { approximateMessagesCount } = await client.getProperties();
    return approximateMessagesCount ?? null;
  } catch {
    return null;
  }
}
