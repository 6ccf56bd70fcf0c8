import type { Sources } from '../bicep/deployment.js';
import { parseBicep } from '../bicep/parse.js';
import { BicepFault, type BicepFile, type Expression, type ParameterDeclaration } from '../bicep/syntax.js';
import { isObject, type Value } from '../bicep/values.js';
import { knownRoles } from './role-rules.js';

/** What no template may hold, with the reason. */
const forbidden: readonly (readonly [RegExp, string])[] = [
  [/list(Keys|AccountSas|ServiceSas)\s*\(/i, 'takes a key'],
  [/AccountKey=|DefaultEndpointsProtocol|SharedAccessSignature/i, 'holds a connection string'],
  [/\bbr(\/public)?:/, 'needs a registry'],
  [
    /FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT|SCM_DO_BUILD|ENABLE_ORYX|WEBSITE_NODE_DEFAULT_VERSION|WEBSITE_TIME_ZONE|linuxFxVersion/,
    'is not for Flex Consumption',
  ],
  [
    /8e3af657-a8ff-443c-a75c-2fe8c4bcb635|b24988ac-6180-42a0-ab88-20f7382dd24c|17d1049b-9a84-46fb-8f53-869881c3d3ab/,
    'grants too much',
  ],
  [/\r|\t/, 'has tabs or carriage returns'],
];

function parsed(sources: Sources): {
  readonly files: ReadonlyMap<string, BicepFile>;
  readonly faults: string[];
} {
  const files = new Map<string, BicepFile>();
  const faults: string[] = [];
  for (const [path, text] of sources) {
    if (!path.endsWith('.bicep')) continue;
    try {
      files.set(path, parseBicep(text));
    } catch (error) {
      if (!(error instanceof BicepFault)) throw error;
      faults.push(`${path}: ${error.message}`);
    }
  }
  return { files, faults };
}

function wordFaults(path: string, text: string): string[] {
  const lines = text.split('\n');
  const roles = lines.flatMap((line) => {
    const [, guid, name] = /'([0-9a-f]{8}-[0-9a-f-]{27})'(?:\s*\/\/ (.*))?/.exec(line) ?? [];
    if (guid === undefined || knownRoles.get(guid) === name) return [];
    return [`the GUID ${guid} is not the role ${name ?? '(no name beside it)'}`];
  });
  const names = lines.filter((line) => text.includes('roleAssignments@') && line.includes('name: guid('));
  return [
    ...names
      .filter((line) => !/principalId, \w*[rR]oleId\)/.test(line))
      .map((line) => `an assignment is named without principal and role: ${line.trim()}`),
    ...forbidden.filter(([pattern]) => pattern.test(text)).map(([, reason]) => reason),
    ...roles,
    text.endsWith('\n') && !text.endsWith('\n\n') ? '' : 'does not end in one newline',
  ]
    .filter((fault) => fault !== '')
    .map((fault) => `${path}: ${fault}`);
}

function declarationFaults(path: string, file: BicepFile, text: string): string[] {
  const secret = file.outputs.filter(({ decorators }) => decorators.has('secure'));
  const bare = [...file.parameters, ...file.outputs].filter(
    ({ decorators }) => !decorators.has('description'),
  );
  const names = [...file.parameters.map(({ name }) => name), ...file.variables.keys()];
  const unused = names.filter((name) => text.split(new RegExp(`\\b${name}\\b`)).length < 3);
  return [
    ...secret.map(({ name }) => `${path}: the output ${name} is secret`),
    ...bare.map(({ name }) => `${path}: ${name} has no description`),
    ...unused.map((name) => `${path}: ${name} is never used`),
  ];
}

/** What must be there before something else, though nothing of it is named there. */
const order: readonly (readonly [string, readonly string[]])[] = [
  ['app', ['hostRolesBefore', 'blobEndpoint', 'queueEndpoint', 'tableEndpoint']],
  ['eventSubscriptions', ['eventRoles']],
];

function orderFaults(main: BicepFile | undefined): string[] {
  const waitsFor = (body: Expression): readonly string[] => {
    if (body.kind === 'for' || body.kind === 'if') return waitsFor(body.body);
    const properties = body.kind === 'object' ? body.properties : [];
    const list = properties.find(({ key }) => key.kind === 'literal' && key.value === 'dependsOn')?.value;
    return list?.kind === 'array' ? list.items.map((item) => (item.kind === 'name' ? item.name : '')) : [];
  };
  return order.flatMap(([symbol, needed]) => {
    const module = main?.modules.find((one) => one.symbol === symbol);
    const named = module === undefined ? [] : waitsFor(module.body);
    return needed
      .filter((name) => !named.includes(name))
      .map((name) => `main.bicep: ${symbol} does not wait for ${name}`);
  });
}

/** A parameter that main.bicep hands on has the same limits in the module. */
function limitFaults(files: ReadonlyMap<string, BicepFile>): string[] {
  const limits = (parameter: ParameterDeclaration): string =>
    ['allowed', 'minValue', 'maxValue'].map((name) => JSON.stringify(parameter.decorators.get(name))).join();
  const shared = new Set([
    'nodeVersion',
    'instanceMemoryMB',
    'maximumInstanceCount',
    'skuName',
    'retentionInDays',
  ]);
  const main = new Map(files.get('infra/main.bicep')?.parameters.map((one) => [one.name, limits(one)]));
  const alias: Readonly<Record<string, string>> = {
    skuName: 'hostStorageSku',
    retentionInDays: 'logRetentionInDays',
  };
  return [...files].flatMap(([path, file]) =>
    file.parameters
      .filter(({ name }) => path !== 'infra/main.bicep' && shared.has(name))
      .filter((one) => main.get(alias[one.name] ?? one.name) !== limits(one))
      .map(({ name }) => `${path}: ${name} has other limits than in main.bicep`),
  );
}

/** People fill in what types.bicep declares: each field says what it is. */
function fieldFaults(text: string): string[] {
  const lines = text.split('\n');
  const hidden = lines.filter((line, index) => line.startsWith('type ') && lines[index - 2] !== '@export()');
  const bare = lines.flatMap((line, index) =>
    /^(?: {2}\w+: |type )/.test(line) && !/^ *@description\('.+'\)$/.test(lines[index - 1] ?? '')
      ? [`types.bicep: ${line.trim()} has no description`]
      : [],
  );
  return [...bare, ...hidden.map((line) => `types.bicep: ${line} is not exported`)];
}

function parameterFileFaults(sources: Sources, main: BicepFile | undefined): string[] {
  const content = JSON.parse(sources.get('infra/main.parameters.json') ?? '{}') as Value;
  const given =
    isObject(content) && isObject(content['parameters']) ? Object.keys(content['parameters']) : [];
  const declared = main?.parameters ?? [];
  const required = declared.filter(({ fallback }) => fallback === undefined).map(({ name }) => name);
  return [
    ...given
      .filter((name) => !declared.some((parameter) => parameter.name === name))
      .map((name) => `main.parameters.json: ${name} is not a parameter`),
    ...required
      .filter((name) => !given.includes(name))
      .map((name) => `main.parameters.json: ${name} is missing`),
  ];
}

/** What is wrong with the texts, before anything is evaluated. */
export function textFaults(sources: Sources): string[] {
  const { files, faults } = parsed(sources);
  const reached = new Set(['infra/main.bicep', 'infra/events.bicep', 'infra/types.bicep']);
  for (const [path, file] of files) {
    for (const module of file.modules) reached.add(`${path.replace(/[^/]+$/, '')}${module.path}`);
  }
  return [
    ...faults,
    ...[...sources]
      .filter(([path]) => path.endsWith('.bicep'))
      .flatMap(([path, text]) => wordFaults(path, text)),
    ...[...files].flatMap(([path, file]) => declarationFaults(path, file, sources.get(path) ?? '')),
    ...[...files.keys()].filter((path) => !reached.has(path)).map((path) => `${path} is used by no module`),
    ...orderFaults(files.get('infra/main.bicep')),
    ...limitFaults(files),
    ...fieldFaults(sources.get('infra/types.bicep') ?? ''),
    ...parameterFileFaults(sources, files.get('infra/main.bicep')),
  ];
}
