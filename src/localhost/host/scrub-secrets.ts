import { redact } from '../../job/redact.js';

/** The same error when it holds no credential, otherwise a copy with message and stack scrubbed. */
export function scrubError(error: Error): Error {
  const message = redact(error.message);
  const stack = redact(error.stack ?? '');
  if (message === error.message && stack === (error.stack ?? '')) {
    return error;
  }
  const scrubbed = new Error(message);
  scrubbed.name = error.name;
  scrubbed.stack = stack;
  return scrubbed;
}
