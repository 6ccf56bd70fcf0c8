import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exitCodes } from '../src/cli/exit-codes.js';
import { runCli } from '../src/cli/program.js';
import { problemKinds } from '../src/functions/http/problem.js';
import { routes } from '../src/functions/http/routes.js';
import { copyErrorCodes } from '../src/job/copy-error.js';
import { adviceFor } from '../src/report/advice.js';
import { layerConfig } from './support/cruise.js';

const pages = globSync(['*.md', 'docs/**/*.md']).sort();
const textOf = (page: string): string => readFileSync(page, 'utf8');

/** First and second cell of each table row whose first cell is code or a number. */
function tableRows(text: string): Map<string, string> {
  const rows = text.matchAll(/^\| (?:`([^`]+)`|(\d+)) +\| (.*?) +\|/gm);
  return new Map([...rows].map(([, code, number, cell]) => [code ?? number ?? '', cell ?? '']));
}

/** Shell lines of a page, with continuation lines joined. */
function shellLines(page: string): string[] {
  const blocks = [...textOf(page).matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '');
  return blocks.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n')).filter((line) => line !== '');
}

async function helpOf(words: readonly string[]): Promise<string> {
  let text = '';
  const output = { write: (part: string) => (text += part) };
  const exitCode = await runCli([...words, '--help'], {
    environment: {},
    workingDirectory: '.',
    stdout: output,
    stderr: output,
    now: () => 0,
    sleep: () => Promise.resolve(),
    newId: () => 'id',
    onInterrupt: () => () => undefined,
  });
  expect(exitCode).toBe(0);
  return text;
}

const commands = pages.flatMap((page) =>
  shellLines(page)
    .filter((line) => line.startsWith('npx tranship '))
    .map((line) => ({ page, line })),
);

describe('documents', () => {
  it.each(pages)('%s links only to files that exist', (page) => {
    const targets = [...textOf(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(
      (match) => match[1] ?? '',
    );
    expect(targets.filter((target) => !existsSync(join(dirname(page), target)))).toEqual([]);
  });

  it('are all reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      const links = [...textOf(page).matchAll(/\]\((?!https?:)([^)#]+\.md)(?:#[^)]*)?\)/g)];
      for (const [, target] of links) reached.add(join(dirname(page), target ?? ''));
    }
    expect(pages.filter((page) => !reached.has(page))).toEqual([]);
  });

  it.each(commands)('$page: $line has the words and flags of the command line', async ({ line }) => {
    const words = (line.split(/\s[>|]\s/)[0] ?? line).split(/\s+/).slice(2);
    const path = words.slice(0, ['jobs', 'policy'].includes(words[0] ?? '') ? 2 : 1);
    const help = await helpOf(path);
    expect(help).toContain(`Usage: tranship ${path.join(' ')}`);
    const flags = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0] ?? word);
    expect(flags.filter((flag) => !help.includes(`${flag} `))).toEqual([]);
  });

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const named = pages.flatMap((page) =>
      [...textOf(page).matchAll(/npm run ([a-z:]+)/g)].map((match) => match[1] ?? ''),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
  });

  it('explain every exit code', () => {
    const documented = [...tableRows(textOf('README.md')).keys()].map(Number);
    expect(documented.sort((a, b) => a - b)).toEqual(Object.values(exitCodes).sort((a, b) => a - b));
  });

  it.each(copyErrorCodes)('give the advice of the report for %s', (code) => {
    expect(adviceFor(code)).toBeDefined();
    expect(tableRows(textOf('docs/troubleshooting.md')).get(code)).toBe(adviceFor(code));
  });

  it('explain each reason code once', () => {
    const told = [...textOf('docs/troubleshooting.md').matchAll(/^\| `([^`]+)`/gm)].map(([, code]) => code);
    expect(told.filter((code, index) => told.indexOf(code) !== index)).toEqual([]);
  });

  it('list the routes of the API, each once', () => {
    const documented = [...tableRows(textOf('docs/api.md')).keys()].filter((cell) =>
      /^(GET|POST|PUT|DELETE) /.test(cell),
    );
    expect(documented.sort()).toEqual(routes.map(({ method, path }) => `${method} /api/${path}`).sort());
  });

  it.each(Object.entries(problemKinds))('name the problem %s of the API', (code, { status, title }) => {
    expect(tableRows(textOf('docs/api.md')).get(code)).toBe(`${String(status)} ${title}`);
  });

  it('show the import table that is enforced', () => {
    const enforced = layerConfig.forbidden.flatMap(({ name, comment }) => {
      const match = /^src\/([a-z]+) may import itself(.*)$/.exec(comment ?? '');
      return name?.startsWith('layer-') === true && match !== null
        ? [[match[1], (match[2] ?? '').replace(/^, /, '')] as const]
        : [];
    });
    const section = textOf('ARCHITECTURE.md').split('## Folders and what they may import')[1] ?? '';
    const rows = [...section.matchAll(/^\| `([a-z]+)` +\|[^|]*\| (.*?) +\|/gm)];
    const shown = rows.map(([, folder, cell]) => [folder, cell?.replaceAll('`', '').replace('nothing', '')]);
    expect(shown).toEqual(enforced);
  });
});
