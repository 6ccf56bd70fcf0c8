import { existsSync, readFileSync } from 'node:fs';
import { parseBicep } from '../bicep/parse.js';

/** Commands of the Azure CLI and of azd that people are told, with the options of each that are used. */
const known: Readonly<Record<string, readonly string[]>> = {
  'az ad app credential reset': ['--id'],
  'az account get-access-token': ['--tenant', '--resource', '--query', '--output'],
  'az bicep build': ['--file', '--stdout'],
  'az deployment sub create': [
    '--name',
    '--subscription',
    '--location',
    '--template-file',
    '--parameters',
    '--output',
  ],
  'az deployment sub show': ['--name', '--query'],
  'az deployment sub what-if': ['--name', '--location', '--template-file', '--parameters'],
  'az eventgrid event-subscription create': [
    '--name',
    '--source-resource-id',
    '--endpoint',
    '--event-delivery-schema',
  ],
  'az eventgrid system-topic list': ['--query', '--output'],
  'az eventgrid system-topic update': ['--resource-group', '--name', '--identity'],
  'az eventgrid system-topic event-subscription delete': [
    '--resource-group',
    '--system-topic-name',
    '--name',
  ],
  'az functionapp deployment source config-zip': ['--resource-group', '--name', '--src'],
  'az functionapp keys list': ['--resource-group', '--name', '--query', '--output'],
  'az functionapp show': ['--name', '--resource-group', '--query', '--output'],
  'az login': ['--tenant'],
  'az monitor metrics list': ['--resource', '--metric', '--output'],
  'az provider register': ['--namespace'],
  'az role assignment create': ['--assignee-object-id', '--assignee-principal-type', '--role', '--scope'],
  'az role assignment delete': ['--assignee'],
  'az role assignment list': ['--assignee', '--all', '--output'],
  'az storage account network-rule add': ['--account-name', '--subnet'],
  'az storage account show': ['--name', '--query', '--output'],
  'az storage account update': ['--name', '--allowed-copy-scope'],
  'az storage blob list': ['--account-name', '--container-name', '--auth-mode', '--query', '--output'],
  'az storage container create': ['--account-name', '--name', '--auth-mode'],
  'az storage message peek': ['--account-name', '--queue-name', '--auth-mode', '--num-messages'],
  'azd auth login': ['--client-id', '--tenant-id', '--federated-credential-provider'],
  'azd deploy': ['--no-prompt'],
  'azd down': [],
  'azd env new': [],
  'azd env set': [],
  'azd provision': ['--no-prompt'],
  'azd up': [],
};

/** Commands in a text: lines of its shell blocks, code within its lines, and what `$(…)` runs inside of them. */
export function commandsIn(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].map(([, block = '']) => block);
  const lines = blocks.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'));
  const inline = [...text.matchAll(/`(azd? [a-z][^`]*)`/g)].map(([, code = '']) => code);
  return [...lines, ...inline].flatMap(split).filter((command) => /^azd? /.test(command));
}

/** A line without the commands in its `$(…)`, and those. */
export function split(line: string): readonly string[] {
  const inner = [...line.matchAll(/\$\((az [^()]*)\)/g)].map(([, command = '']) => command);
  return [line.replace(/\$\(az [^()]*\)/g, 'VALUE').trim(), ...inner];
}

/** What is wrong with a command; empty when nothing is. */
export function commandFaults(command: string): string[] {
  const words = command.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const name = Object.keys(known)
    .filter((one) => `${command} `.startsWith(`${one} `))
    .sort((a, b) => b.length - a.length)[0];
  if (name === undefined) return [`${command}: not a command that is known`];
  const options = words.filter((word) => word.startsWith('--'));
  return [
    ...options
      .filter((option) => known[name]?.includes(option) !== true)
      .map((option) => `${name} has no ${option}`),
    ...templateFaults(words),
  ];
}

function templateFaults(words: readonly string[]): string[] {
  const after = (option: string): readonly string[] =>
    words.filter((_, index) => words[index - 1] === option);
  const [template] = after('--template-file');
  if (template === undefined) return [];
  if (!existsSync(template)) return [`${template} does not exist`];
  const declared = parseBicep(readFileSync(template, 'utf8')).parameters.map(({ name }) => name);
  const files = after('--parameters').filter((word) => !word.includes('='));
  const given = words.flatMap((word) => /^(\w+)=/.exec(word)?.[1] ?? []);
  return [
    ...files.filter((file) => !existsSync(file)).map((file) => `${file} does not exist`),
    ...given.filter((name) => !declared.includes(name)).map((name) => `${template} has no parameter ${name}`),
  ];
}
