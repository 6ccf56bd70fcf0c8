import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { workerArguments } from '../../../src/localhost/app-environment.js';
import { readConfig } from '../../../src/runtime/config.js';
import { settingsInCode } from '../../support/infra/drift-rules.js';
import { inspect, readTemplates } from '../../support/infra/inspect.js';
import { grantsOf, knownRoles } from '../../support/infra/role-rules.js';
import {
  ofType,
  propertiesOf,
  scenarios,
  settingsOf,
  type ScenarioName,
} from '../../support/infra/scenarios.js';
import { parseBicep } from '../../support/bicep/parse.js';
import type { ValueObject } from '../../support/bicep/values.js';

const sources = readTemplates();
const inspection = inspect(sources);
const trial = (name: ScenarioName) => {
  const found = inspection.trials.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} was not evaluated`);
  return found;
};
const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

describe('drift between templates, code and samples', () => {
  it('finds none: settings, accounts, container of the state, events that queries ask for', () => {
    expect(inspection.drift).toEqual([]);
  });

  it('sees the settings that the code reads at all', () => {
    expect([...settingsInCode]).toEqual(
      expect.arrayContaining(['TRANSHIP_ACCOUNTS', 'AZURE_CLIENT_ID', 'AzureWebJobsStorage__blobServiceUri']),
    );
  });

  it('shows each of our own settings in local.settings.sample.json', () => {
    const { Values } = json('local.settings.sample.json') as { Values: Record<string, string> };
    const own = [...settingsInCode].filter((name) => name.startsWith('TRANSHIP_'));
    expect(own.filter((name) => Values[name] === undefined)).toEqual([]);
    expect(Object.keys(Values).filter((name) => name.startsWith('TRANSHIP_') && !own.includes(name))).toEqual(
      [],
    );
  });

  it('explains each parameter with its default, and each setting of the sample, in docs/deploy.md', () => {
    const [, parameterTable = '', settingTable = ''] =
      /## Parameters\n([\s\S]*)## Settings of the app\n([\s\S]*)## Deploy from/.exec(
        readFileSync('docs/deploy.md', 'utf8'),
      ) ?? [];
    const rows = (table: string) => [...table.matchAll(/^\| `(\w+)` +\| (.*?) +\|/gm)];
    const { parameters } = parseBicep(sources.get('infra/main.bicep') ?? '');
    const shownDefault = (fallback: (typeof parameters)[number]['fallback']): string => {
      if (fallback === undefined) return 'required';
      if (fallback.kind === 'literal')
        return fallback.value === '' ? "`''`" : `\`${String(fallback.value)}\``;
      return fallback.kind === 'array' ? '`[]`' : '`{}`';
    };
    expect(rows(parameterTable).map(([, name, value]) => [name, value])).toEqual(
      parameters.map(({ name, fallback }) => [name, shownDefault(fallback)]),
    );
    const { Values } = json('local.settings.sample.json') as { Values: Record<string, string> };
    expect(rows(settingTable).map(([, name]) => name)).toEqual(Object.keys(Values));
  });

  it('explains in docs/roles.md each role that any trial grants, and grants each that is explained', () => {
    const page = readFileSync('docs/roles.md', 'utf8');
    const granted = inspection.trials.flatMap(grantsOf).map((grant) => grant.split(' at ')[0] ?? '');
    const roles = [...new Set(granted)].sort();
    expect(roles.length).toBeGreaterThan(12);
    expect(roles.filter((role) => !page.includes(role))).toEqual([]);
    const named = [...page.matchAll(/^\|.*$/gm)].flatMap(
      ([row]) =>
        row.match(
          /(?:Storage|Tranship|EventGrid) [A-Z][A-Za-z ]+(?:Reader|Contributor|Owner|Sender|Writer|Deleter|Delegator|Snapshots)/g,
        ) ?? [],
    );
    expect([...new Set(named)].sort()).toEqual(roles.filter((role) => !role.startsWith('Monitoring')));
  });

  it('knows by GUID each built-in role that the doctor advises', () => {
    const code = globSync('src/preflight/*.ts').map((file) => readFileSync(file, 'utf8'));
    const advised = code.join('\n').match(/(?<=['"`])Storage [A-Z][A-Za-z ]+(?=['"`])/g) ?? [];
    expect(advised.length).toBeGreaterThan(2);
    expect(advised.filter((role) => ![...knownRoles.values()].includes(role))).toEqual([]);
  });

  it('tells what azd puts into the parameter file', () => {
    const named = [...(sources.get('infra/main.parameters.json') ?? '').matchAll(/\$\{(\w+)/g)].map(
      ([, name]) => name,
    );
    expect(named).toEqual(['AZURE_ENV_NAME', 'AZURE_LOCATION']);
    const page = readFileSync('docs/deploy.md', 'utf8');
    expect(named.filter((name) => !page.includes(name ?? ''))).toEqual([]);
  });

  it('runs on a Node that package.json permits', () => {
    const { engines } = json('package.json') as { engines: { node: string } };
    const least = Number(/\d+/.exec(engines.node)?.[0]);
    const versions = parseBicep(sources.get('infra/main.bicep') ?? '').parameters.find(
      ({ name }) => name === 'nodeVersion',
    );
    expect(versions?.fallback).toEqual({ kind: 'literal', value: '24' });
    expect(least).toBe(22);
  });

  it('takes no name of the event queue that the app refuses', () => {
    const main = sources.get('infra/main.bicep') ?? '';
    const longest = Number(/@maxLength\((\d+)\)\nparam eventQueueName/.exec(main)?.[1]);
    const config = (eventQueue: string) =>
      readConfig({ AzureWebJobsStorage__accountName: 'host', TRANSHIP_EVENT_QUEUE: eventQueue });
    expect(config('q'.repeat(longest)).eventQueue).toHaveLength(longest);
  });

  it('keeps the warm groups by the names that Flex Consumption has, with no function of its own name', () => {
    const [site] = ofType(trial('warm instances, Node 22 and few callers'), 'Microsoft.Web/sites');
    expect(propertiesOf(site)).toMatchObject({
      functionAppConfig: {
        runtime: { version: '22' },
        scaleAndConcurrency: {
          alwaysReady: [
            { name: 'http', instanceCount: 1 },
            { name: 'durable', instanceCount: 2 },
          ],
        },
      },
    });
  });
});

describe('templates', () => {
  it('parse, describe what they take and give, and hold nothing forbidden', () => {
    expect(inspection.text).toEqual([]);
  });

  it('evaluate under both identity types and every option', () => {
    expect(inspection.evaluation).toEqual([]);
    expect(inspection.trials.map(({ name }) => name)).toEqual(Object.keys(scenarios));
  });

  it('declare no resource that no trial evaluates', () => {
    const reached = new Set(
      inspection.trials.flatMap(({ resources }) => resources.map(({ file, symbol }) => `${file} ${symbol}`)),
    );
    const declared = [...sources]
      .filter(([path]) => path.endsWith('.bicep'))
      .flatMap(([path, text]) =>
        [...text.matchAll(/^ *resource (\w+) '[^']+' = /gm)].map(([, symbol]) => `${path} ${symbol ?? ''}`),
      );
    expect(declared.length).toBeGreaterThan(15);
    expect(declared.filter((one) => !reached.has(one))).toEqual([]);
  });

  it('use one API version of each type', () => {
    const versions = new Map<string, Set<string>>();
    for (const text of sources.values()) {
      for (const [, type = '', version = ''] of text.matchAll(/'(Microsoft\.[\w/.]+)@([\w-]+)'/g)) {
        versions.set(type, (versions.get(type) ?? new Set()).add(version));
      }
    }
    expect(versions.size).toBeGreaterThan(18);
    expect([...versions].filter(([, all]) => all.size > 1)).toEqual([]);
  });

  it('match the published types', () => {
    expect(inspection.schema).toEqual([]);
  });

  it('grant exactly what each trial needs', () => {
    expect(inspection.roles).toEqual([]);
  });

  it('join resources to one another, tag them all, and wait for what must be there before', () => {
    expect(inspection.wiring).toEqual([]);
  });

  it('have each parameter at two values, and each field of a source and a destination, in some trial', () => {
    const { parameters } = parseBicep(sources.get('infra/main.bicep') ?? '');
    const all: readonly ValueObject[] = Object.values<ValueObject>(scenarios);
    // The same in every trial: the name and the region.
    const fixed = ['environmentName', 'location'];
    const one = parameters.filter(
      ({ name }) => new Set(all.map((given) => JSON.stringify(given[name] ?? 'the default'))).size < 2,
    );
    expect(one.map(({ name }) => name)).toEqual(fixed);
    const { types } = parseBicep(sources.get('infra/types.bicep') ?? '');
    for (const [list, type] of [
      ['sources', 'source'],
      ['destinations', 'destination'],
    ] as const) {
      const used = new Set(all.flatMap((given) => (given[list] ?? []) as ValueObject[]).flatMap(Object.keys));
      const declared = types.get(type);
      expect([...used].sort()).toEqual(
        [...(declared?.kind === 'object' ? declared.properties.keys() : [])].sort(),
      );
    }
  });

  it('are closed by default, and each option does what it says', () => {
    expect(inspection.hardening).toEqual([]);
  });
});

describe('what would be deployed', () => {
  it('tells the app of each account once, with the endpoint that was given', () => {
    const accounts = JSON.parse(settingsOf(trial('custom roles'))['TRANSHIP_ACCOUNTS'] ?? '') as unknown;
    expect(accounts).toEqual([
      { name: 'stfirst', blobEndpoint: 'https://stfirst.blob.core.windows.net' },
      { name: 'stboth', blobEndpoint: 'https://stboth.blob.core.windows.net' },
      {
        name: 'staway',
        blobEndpoint: 'https://staway.blob.core.windows.net',
        sourceAuth: 'userDelegationSas',
      },
      { name: 'stzone', blobEndpoint: 'https://stzone.z07.blob.storage.azure.net' },
    ]);
  });

  it('grants deletion to a mirror only, when the roles are ours', () => {
    const deleters = grantsOf(trial('custom roles')).filter((grant) => grant.includes('Deleter'));
    expect(deleters).toEqual([
      expect.stringMatching(/^Tranship Mirror Deleter at stzone vault for principal of id-/),
    ]);
  });

  it('starts the worker as the functions host of one machine does, unless told otherwise', () => {
    const settings = settingsOf(trial('custom roles'));
    expect(settings['languageWorkers__node__arguments']).toBe(workerArguments.join(' '));
  });

  it('does not let further settings replace those it makes', () => {
    const settings = settingsOf(trial('warm instances, Node 22 and few callers'));
    expect(settings).toMatchObject({ TRANSHIP_SLICE_MS: '30000', TRANSHIP_ACCOUNTS: '[]' });
  });

  it('is found by azd: one function app with the tag of the service in azure.yaml', () => {
    const service = /^ {2}(\w+):\n {4}project: \.\/bundle\n {4}language: js\n {4}host: function$/m;
    const [, name] = service.exec(readFileSync('azure.yaml', 'utf8')) ?? [];
    const [site] = ofType(trial('nothing but the defaults'), 'Microsoft.Web/sites');
    expect(site?.body['tags']).toEqual({ 'azd-env-name': 'trial', 'azd-service-name': name });
  });

  it('is built by npm scripts that exist', () => {
    const { scripts } = json('package.json') as { scripts: Record<string, string> };
    const files = ['azure.yaml', '.github/workflows/ci.yml', '.github/workflows/deploy.yml'];
    const named = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/npm run ([a-z:]+)/g)]);
    expect(named.length).toBeGreaterThan(5);
    expect(named.map(([, name = '']) => name).filter((name) => scripts[name] === undefined)).toEqual([]);
    const tasks = json('.vscode/tasks.json') as { tasks: { script: string }[] };
    expect(tasks.tasks.filter(({ script }) => scripts[script] === undefined)).toEqual([]);
  });
});
