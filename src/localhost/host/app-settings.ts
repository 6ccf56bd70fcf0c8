import { SystemError } from './system-error.js';

/** Application settings by name: the environment of the process. */
export type AppSettings = Readonly<Record<string, string | undefined>>;

/**
 * Replaces each `%NAME%` in a binding option or a host.json value by that application setting.
 * Throws a SystemError that names the setting when it is not set.
 */
export function resolveSettings(text: string, settings: AppSettings, where: string): string {
  return text.replace(/%([^%\s]+)%/g, (_, name: string) => {
    const value = settings[name];
    if (value === undefined) {
      throw new SystemError(`${where} refers to the application setting "${name}", which is not set.`);
    }
    return value;
  });
}
