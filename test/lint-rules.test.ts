import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const eslint = new ESLint();

/** Rule ids that the project's own configuration reports for this text at this place. */
async function lint(filePath: string, text: string): Promise<string[]> {
  const results = await eslint.lintText(text, { filePath });
  return results.flatMap((result) => result.messages.map((message) => message.ruleId ?? message.message));
}

const product = 'src/plan/segment.ts';
const orchestrator = 'src/orchestrators/lane.ts';

/** A linter that was changed or misconfigured says nothing; each line is something that it must say. */
const cases = [
  [product, 'export const now = Date.now();', 'no-restricted-syntax'],
  [product, 'export const now = new Date();', 'no-restricted-syntax'],
  [product, 'export const luck = Math.random();', 'no-restricted-syntax'],
  [product, 'setTimeout(() => undefined, 1);', 'no-restricted-globals'],
  [product, 'setInterval(() => undefined, 1);', 'no-restricted-globals'],
  [
    product,
    "import { setTimeout } from 'node:timers/promises';\nawait setTimeout(1);",
    'no-restricted-imports',
  ],
  [product, 'const one = 1;\nexport default one;', 'no-restricted-syntax'],
  [product, "export { isTerminal } from '../job/status.js';", 'no-restricted-syntax'],
  [product, "export * from '../job/status.js';", 'no-restricted-syntax'],
  [product, 'Promise.resolve(1);', '@typescript-eslint/no-floating-promises'],
  [product, 'export const loose = (value: any): void => void value;', '@typescript-eslint/no-explicit-any'],
  [product, `export const many = [${'\n'.repeat(300)}];`, 'max-lines'],
  [product, `export function long(): void {${'\n'.repeat(60)}}`, 'max-lines-per-function'],
  [orchestrator, "export const page = fetch('https://example.net');", 'no-restricted-globals'],
  [orchestrator, 'export const home = process.env;', 'no-restricted-globals'],
  [orchestrator, 'export const id = crypto.randomUUID();', 'no-restricted-globals'],
  [orchestrator, 'export const at = performance.now();', 'no-restricted-globals'],
  [orchestrator, 'export const at = Date.now();', 'no-restricted-syntax'],
  [orchestrator, 'export const job = async () => Promise.resolve(1);', 'no-restricted-syntax'],
  [orchestrator, "export const late = import('../job/status.js');", 'no-restricted-syntax'],
] as const;

describe('lint rules', () => {
  it.each(cases)('in %s refuse %j by %s', async (file, text, rule) => {
    expect(await lint(file, text)).toContain(rule);
  });

  it('let a value be converted to a date, as durable timers need', async () => {
    const text = 'export const due = (atMs: number): Date => new Date(atMs);\n';
    expect(await lint(orchestrator, text)).toEqual([]);
  });

  it('let the clock read the clock', async () => {
    expect(await lint('src/runtime/clock.ts', 'export const now = (): number => Date.now();\n')).toEqual([]);
  });
});
