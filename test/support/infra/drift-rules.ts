import { globSync, readFileSync } from 'node:fs';
import type { Sources } from '../bicep/deployment.js';
import { isList, isObject, shown } from '../bicep/values.js';
import { readConfig } from '../../../src/runtime/config.js';
import { ofType, settingsOf, type Trial } from './scenarios.js';

/** Settings that the platform reads, not our code. */
const platformSettings = new Set([
  'AzureWebJobsStorage__queueServiceUri',
  'AzureWebJobsStorage__tableServiceUri',
  'AzureWebJobsStorage__credential',
  'AzureWebJobsStorage__clientId',
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'languageWorkers__node__arguments',
]);

const productSource = globSync('src/{runtime,functions,storage,activities}/**/*.ts')
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

/** Names of settings that our code reads. */
export const settingsInCode: ReadonlySet<string> = new Set(
  [...productSource.matchAll(/'(TRANSHIP_[A-Z_]+|AZURE_CLIENT_ID|AzureWebJobsStorage__\w+)'/g)].map(
    ([, name = '']) => name,
  ),
);

function settingFaults(trial: Trial): string[] {
  const settings = settingsOf(trial);
  const user = trial.parameters['identityType'] !== 'SystemAssigned';
  const names = Object.keys(settings);
  const needed = ['AzureWebJobsStorage__blobServiceUri', 'TRANSHIP_ACCOUNTS', ...platformSettings].filter(
    (name) => user || !/__credential|__clientId/.test(name),
  );
  const [identity] = ofType(trial, 'Microsoft.ManagedIdentity/userAssignedIdentities');
  const client = user ? `client of ${identity?.name ?? ''}` : undefined;
  const clients = ['AZURE_CLIENT_ID', 'AzureWebJobsStorage__clientId'].map((name) => settings[name]);
  const authentication = user ? `ClientId=${String(client)};Authorization=AAD` : 'Authorization=AAD';
  return [
    ...names
      .filter((name) => !settingsInCode.has(name) && !platformSettings.has(name))
      .map((name) => `nobody reads the setting ${name}`),
    ...needed.filter((name) => settings[name] === undefined).map((name) => `the setting ${name} is missing`),
    clients.every((value) => value === client) ? '' : 'the client id does not follow the identity',
    settings['AzureWebJobsStorage__credential'] === (user ? 'managedidentity' : undefined)
      ? ''
      : 'AzureWebJobsStorage__credential does not follow the identity',
    settings['APPLICATIONINSIGHTS_AUTHENTICATION_STRING'] === authentication
      ? ''
      : 'telemetry is not sent with the identity of the app',
  ];
}

function accountFaults(trial: Trial): string[] {
  const { sources, destinations } = trial.parameters;
  const entries = [sources, destinations].flatMap((list) => (isList(list) ? list.filter(isObject) : []));
  const withFiles = new Set(
    entries.filter((entry) => entry['files'] === true).map(({ name }) => shown(name)),
  );
  const sourceAuthOf = new Map(
    entries.flatMap(({ name, sourceAuth }) =>
      sourceAuth === undefined ? [] : [[shown(name), shown(sourceAuth)] as const],
    ),
  );
  const host = (name: string, word: string): string => `https://${name}.${word}.core.windows.net`;
  const expected = entries.map((entry) => {
    const name = shown(entry['name']);
    const blob = shown(entry['blobEndpoint'] ?? host(name, 'blob'));
    const file = withFiles.has(name) ? shown(entry['fileEndpoint'] ?? host(name, 'file')) : '';
    return `${name} ${blob} ${file} ${sourceAuthOf.get(name) ?? ''}`.trim();
  });
  let config;
  try {
    config = readConfig(settingsOf(trial));
  } catch (error) {
    return [`the app refuses its settings: ${String(error)}`];
  }
  const table = config.accounts
    .map(({ name, blobEndpoint, fileEndpoint = '', sourceAuth = '' }) =>
      `${name} ${blobEndpoint} ${fileEndpoint} ${sourceAuth}`.trim(),
    )
    .sort();
  const wanted = [...new Set(expected)].sort();
  return [
    table.join() === wanted.join() ? '' : `the app would know the accounts ${table.join(', ')}`,
    config.environment === 'production' ? '' : 'the app would not know that it is in production',
    ofType(trial, 'Microsoft.Storage/storageAccounts/blobServices/containers').some(
      ({ name }) => name === config.stateContainer,
    )
      ? ''
      : 'the container of the state is not made',
  ];
}

/** Events and statuses that queries of alerts and workbook ask for, and that no code writes. */
function queryFaults(sources: Sources): string[] {
  const code = globSync('src/{activities,functions,job,replicate}/**/*.ts')
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const alerts = (sources.get('infra/modules/alerts.bicep') ?? '').replaceAll(/key: '[a-z-]+'/g, '');
  const queries = `${alerts}\n${sources.get('infra/workbook.json') ?? ''}`;
  const clauses = [...queries.matchAll(/(?:event|status)\)? (?:==|in) ([^|]+?)(?: and | \||$)/gm)];
  const words = queries.match(/(?<=["'(, \\])(?:[a-z]+(?:-[a-z]+)+|Failed|Completed\w*)(?=\\?["'])/g) ?? [];
  const named = [...new Set(words)].filter((word) => word !== 'tranship-workbook');
  return [
    clauses.length > 0 && named.length > 3 ? '' : 'no query was found',
    ...named.filter((word) => !code.includes(`'${word}'`)).map((word) => `no code writes ${word}`),
  ];
}

/** Where the templates and the code have drifted apart. */
export function driftFaults(sources: Sources, trials: readonly Trial[]): string[] {
  return [
    ...trials.flatMap((trial) =>
      [...settingFaults(trial), ...accountFaults(trial)]
        .filter((fault) => fault !== '')
        .map((fault) => `${trial.name}: ${fault}`),
    ),
    ...queryFaults(sources).filter((fault) => fault !== ''),
  ];
}
