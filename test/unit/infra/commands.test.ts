import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findingCodes } from '../../../src/preflight/finding.js';
import { mendingCommand } from '../../../src/preflight/mend.js';
import { commandFaults, commandsIn, split } from '../../support/infra/commands.js';

const pages = globSync(['*.md', 'docs/**/*.md']).sort();
const read = (path: string): string => readFileSync(path, 'utf8');
const told = pages.flatMap((page) => commandsIn(read(page)).map((command) => ({ page, command })));

describe('commands of Azure that people are told', () => {
  it.each(told)('$page: $command', ({ command }) => {
    expect(commandFaults(command)).toEqual([]);
  });

  it('are found at all, in blocks and in lines', () => {
    expect(told.length).toBeGreaterThan(25);
  });

  it.each(['.github/workflows/ci.yml', '.github/workflows/deploy.yml'])('%s runs only such', (file) => {
    const commands = [...read(file).matchAll(/run: (azd? .*)$/gm)].map(([, run = '']) => run);
    expect(commands.length).toBeGreaterThan(1);
    expect(commands.flatMap(commandFaults)).toEqual([]);
  });

  it('mend what the doctor finds', () => {
    const account = {
      name: 'one',
      blobEndpoint: 'https://one.blob.core.windows.net',
      listingOrder: 'utf8',
    } as const;
    const commands = findingCodes.flatMap((code) => {
      const parts = { account, container: 'photos', principal: undefined };
      return mendingCommand(code, 'Storage Blob Data Reader', parts) ?? [];
    });
    expect(commands.length).toBeGreaterThan(3);
    expect(commands.flatMap(split).flatMap(commandFaults)).toEqual([]);
  });

  it.each([
    [
      'az deployment sub create --template-file infra/main.bicep --parameters region=x',
      /no parameter region/,
    ],
    ['az deployment sub create --template-file main.bicep', /main\.bicep does not exist/],
    ['az deployment subscription create', /not a command/],
    ['az role assignment list --assigne X', /has no --assigne/],
  ])('%s would be refused', (command, fault) => {
    expect(commandFaults(command).join()).toMatch(fault);
  });
});

describe('other commands in the documents', () => {
  const lines = pages.flatMap((page) =>
    [...read(page).matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].flatMap(([, block = '']) =>
      block
        .replaceAll('\\\n', ' ')
        .split('\n')
        .map((line) => line.trim()),
    ),
  );

  it('start a program that a reader has, or was told to install', () => {
    const programs = ['az', 'azcopy', 'azd', 'npm', 'npx', 'curl', 'cp', 'sh', 'export'];
    const first = lines
      .map((line) => line.replace(/^\w+=\$\(/, '').split(/\s/)[0] ?? '')
      .filter((word) => word !== '');
    expect(first.length).toBeGreaterThan(30);
    expect(first.filter((word) => !programs.includes(word))).toEqual([]);
  });

  it('name files that exist', () => {
    const files = lines.flatMap((line) => /^(?:cp|sh) (\S+)/.exec(line)?.[1] ?? []);
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('call only paths that the API has', () => {
    const called = lines.flatMap((line) => [...line.matchAll(/\/api\/([a-z]+)/g)].map(([, word]) => word));
    expect(called.length).toBeGreaterThan(1);
    expect(
      called.filter((word) => !['health', 'jobs', 'policies', 'preflight', 'identity'].includes(word ?? '')),
    ).toEqual([]);
  });
});
