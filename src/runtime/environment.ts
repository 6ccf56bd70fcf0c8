/** Settings as the process is given them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a setting; undefined when it is absent, or empty as templates leave it. */
export function settingOf(environment: Environment, name: string): string | undefined {
  const text = environment[name]?.trim();
  return text === '' ? undefined : text;
}
