// Takes a snapshot of the Azure resource types that infra/ uses, for the offline check of the templates. Run once, by hand:
//   npm install --prefix /tmp/azmcp @azure/mcp-linux-x64@2.0.5
//   node scripts/arm-types.mjs /tmp/azmcp/node_modules/@azure/mcp-linux-x64/dist/azmcp
// The result is small: no descriptions, no functions, nothing that is reachable through read-only properties alone.
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';

const [azmcp] = process.argv.slice(2);
const target = 'test/unit/infra/fixtures/arm-types.json';
const primitive = new Set(['string', 'int', 'bool', 'any', 'null', 'object', 'array']);

/** Full types in the order of the templates: `Microsoft.Web/sites`, nested ones joined to their owner. */
function usedTypes() {
  const found = new Set(['Microsoft.Web/sites/config']);
  for (const file of globSync('infra/**/*.bicep')) {
    for (const [, type] of readFileSync(file, 'utf8').matchAll(/'(Microsoft\.[A-Za-z/.]+)@/g))
      found.add(type);
  }
  found.add('Microsoft.Storage/storageAccounts/blobServices');
  found.add('Microsoft.Storage/storageAccounts/queueServices');
  found.add('Microsoft.Storage/storageAccounts/queueServices/queues');
  found.add('Microsoft.Network/privateEndpoints/privateDnsZoneGroups');
  return [...found].sort();
}

function askFor(type) {
  try {
    const answer = execFileSync(azmcp, ['bicepschema', 'get', '--resource-type', type], {
      env: { ...process.env, AZURE_MCP_COLLECT_TELEMETRY: 'false' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return JSON.parse(answer.toString()).results.BicepSchemaResult;
  } catch {
    console.log(`${type}: not among its types; written by hand in fixtures/own-types.json`);
    return undefined;
  }
}

function compactObject({ properties, additionalPropertiesType: rest }) {
  return {
    ...(rest === undefined ? {} : { '*': rest }),
    ...Object.fromEntries(
      properties.map(({ name, type, flags = '' }) => {
        const mark = flags.includes('ReadOnly') ? '-' : flags.includes('Required') ? '!' : '';
        return [name, `${mark}${type}`];
      }),
    ),
  };
}

function compact(type) {
  if (type.$type !== 'DiscriminatedObject') return compactObject(type);
  const base = compactObject({ properties: type.baseProperties });
  return type.elements.map((element) => ({ ...base, ...compactObject(element) }));
}

/** Keeps what can be written from the body of the resource. */
function reachable(body, all) {
  const kept = {};
  const visit = (shape) => {
    for (const one of [shape].flat()) {
      for (const text of Object.values(one)) {
        if (text.startsWith('-')) continue;
        for (const part of text.replace(/^!/, '').split(' | ')) {
          const name = part.replace(/(\[\])+$/, '');
          if (primitive.has(name) || kept[name] !== undefined || !all.has(name)) continue;
          kept[name] = compact(all.get(name));
          visit(kept[name]);
        }
      }
    }
  };
  visit(body);
  return kept;
}

const snapshot = {};
for (const type of usedTypes()) {
  const answer = askFor(type);
  if (answer === undefined) continue;
  const all = new Map(answer.filter(({ $type }) => $type.endsWith('Object')).map((one) => [one.name, one]));
  const resource = answer.find(({ $type }) => $type === 'Resource');
  const body = compact(resource.bodyType);
  snapshot[resource.name] = { body, types: reachable(body, all) };
}
const lines = Object.entries(snapshot).map(
  ([name, type]) => `${JSON.stringify(name)}:${JSON.stringify(type)}`,
);
writeFileSync(target, `{\n${lines.join(',\n')}\n}\n`);
