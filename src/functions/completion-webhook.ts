import { readOutsideUrl } from '../plan/outside-url.js';
import { ConfigError } from '../runtime/config.js';
import { type Environment, settingOf } from '../runtime/environment.js';

/**
 * The webhook that takes events about finished jobs, or undefined. Only the operator names it, so its host is the one
 * that is allowed; a secret in its URL would lie in the settings for all to read, and none is taken. In development it
 * may be on this machine. Throws `ConfigError`.
 */
export function readCompletionWebhook(environment: Environment): string | undefined {
  const setting = 'TRANSHIP_COMPLETION_WEBHOOK';
  const text = settingOf(environment, setting);
  if (text === undefined) return undefined;
  const local = /^https?:\/\/(?:127\.0\.0\.1|localhost)(?::\d{1,5})?(?:\/[\w/-]*)?$/;
  if (environment['TRANSHIP_ENVIRONMENT'] === 'development' && local.test(text)) return text;
  const host = text.replace(/^https:\/\//, '').split(/[/?#]/, 1)[0] ?? '';
  const read = readOutsideUrl(text, { allowedHosts: [host] });
  if (read.ok) return read.url;
  throw new ConfigError(setting, `${read.detail}; ${read.advice}`);
}
