import type { Clock } from '../../runtime/clock.js';
import { CopyError } from '../../job/copy-error.js';
import { serviceLimits } from '../../job/limits.js';
import { translateError, type ErrorContext } from './translate-error.js';

/** What one request is, for its error. */
export type ServiceRequest = Omit<ErrorContext, 'nowMs' | 'signal'> & { readonly signal: AbortSignal };

/** Sends a request to a storage service; what fails becomes a `CopyError`. */
export async function requested<T>(
  request: ServiceRequest,
  clock: Clock,
  send: () => Promise<T>,
): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw translateError(error, { ...request, nowMs: clock.now() });
  }
}

/** The URL as a copy source. Throws `copy-source-too-long`. */
export function copySourceUrl(url: string): string {
  if (Buffer.byteLength(url) > serviceLimits.copySourceUrlBytes) {
    throw new CopyError('copy-source-too-long', 'the URL of the copy source is over 2 KiB', {
      retryable: false,
    });
  }
  return url;
}
