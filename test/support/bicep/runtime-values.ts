import { isObject, type Value, type ValueObject } from './values.js';

interface Described {
  readonly type: string;
  readonly version: string;
  readonly id: string;
  readonly name: string;
  readonly body: ValueObject;
  /** It was there before, so what it is made of stands in no template. */
  readonly existing: boolean;
}

/** What Azure adds to a resource once it is there, as far as our templates read it. */
const added: Readonly<Record<string, (name: string) => ValueObject>> = {
  'Microsoft.ManagedIdentity/userAssignedIdentities': (name) => ({
    properties: { principalId: `principal of ${name}`, clientId: `client of ${name}` },
  }),
  'Microsoft.Storage/storageAccounts': (name) => ({
    location: `region of ${name}`,
    properties: {
      primaryEndpoints: Object.fromEntries(
        ['blob', 'queue', 'table'].map((kind) => [kind, `https://${name}.${kind}.core.windows.net/`]),
      ),
    },
  }),
  'Microsoft.Insights/components': () => ({ properties: { ConnectionString: 'InstrumentationKey=0' } }),
  'Microsoft.EventGrid/systemTopics': (name) => ({ identity: { principalId: `principal of ${name}` } }),
  'Microsoft.EventGrid/topics': (name) => ({
    properties: { endpoint: `https://${name}.westeurope-1.eventgrid.azure.net/api/events` },
  }),
  'Microsoft.Web/sites': (name) => ({
    properties: { defaultHostName: `${name}.azurewebsites.net` },
    identity: { principalId: `principal of ${name}` },
  }),
};

const merged = (first: Value | undefined, second: Value | undefined): Value =>
  isObject(first) && isObject(second) ? { ...first, ...second } : (second ?? first ?? {});

/** A resource as expressions see it. A system-assigned principal is there only when the identity has one. */
export function describeRuntime({ type, version, id, name, body, existing }: Described): ValueObject {
  const extra = added[type]?.(name) ?? {};
  const identity = body['identity'];
  const system = existing || (isObject(identity) && identity['type'] === 'SystemAssigned');
  const shownIdentity = system ? merged(identity, extra['identity']) : identity;
  return {
    ...(existing && extra['location'] !== undefined ? { location: extra['location'] } : {}),
    ...body,
    properties: merged(body['properties'], extra['properties']),
    ...(shownIdentity === undefined ? {} : { identity: shownIdentity }),
    id,
    name,
    type,
    apiVersion: version,
  };
}
