/** What a template may hold. Times are the schedule's, in UTC: names sort by time, and none comes twice in autumn. */
const fields = ['policy', 'yyyy', 'MM', 'dd', 'HH', 'mm', 'ss'] as const;
const needed = ['yyyy', 'MM', 'dd', 'HH', 'mm'] as const;

/** Why a template is not taken, or undefined. */
export function checkTemplate(template: string): string | undefined {
  const unknown = [...template.matchAll(/\{([^{}]*)\}/g)].find(
    ([, name = '']) => !fields.some((field) => field === name),
  );
  if (unknown !== undefined) return `there is no placeholder ${unknown[0]}`;
  const rest = template.replaceAll(/\{[^{}]*\}/g, 'x');
  if (/[{}]/.test(rest)) return 'a brace stands alone';
  if (/[\p{Cc}\p{Cs}\\]/u.test(rest)) return 'it has a control character, a backslash or broken text';
  if (rest.split('/').some((part) => part === '' || /^\.+$/.test(part))) {
    return 'a folder is empty or made of dots';
  }
  const missing = needed.find((field) => !template.includes(`{${field}}`));
  return missing === undefined ? undefined : `without {${missing}} two backups may share a folder`;
}

/** Folder of one backup, ending in `/`. `dueAt`: ISO 8601. */
export function expandTemplate(template: string, policy: string, dueAt: string): string {
  const values: Readonly<Record<string, string>> = {
    policy,
    yyyy: dueAt.slice(0, 4),
    MM: dueAt.slice(5, 7),
    dd: dueAt.slice(8, 10),
    HH: dueAt.slice(11, 13),
    mm: dueAt.slice(14, 16),
    ss: dueAt.slice(17, 19),
  };
  return `${template.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')}/`;
}
