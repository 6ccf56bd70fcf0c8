import type { DurableFunctionKind, FunctionInvoker } from '../durable/engine-api.js';
import type { AppRegistry, RegisteredFunction } from './app-registry.js';
import type { Invoker } from './invoker.js';
import { SystemError } from './system-error.js';
import { stringData, typedDataToJson } from './typed-data.js';

/** Binding types of the Durable extension, as the registry spells them. */
export const DURABLE_TRIGGERS: Readonly<Record<DurableFunctionKind, string>> = {
  orchestrator: 'orchestrationtrigger',
  activity: 'activitytrigger',
};
const CLIENT_BINDINGS = new Set(['durableclient', 'orchestrationclient']);

/** Whether an input binding is a durable client. */
export function isDurableClient(bindingType: string): boolean {
  return CLIENT_BINDINGS.has(bindingType);
}

/**
 * The host's side of the durable engine. The invoker is looked up at each call, because the engine is made before the app
 * is loaded; a call before that rejects.
 */
export function createFunctionInvoker(registry: AppRegistry, invoker: () => Invoker): FunctionInvoker {
  const find = (kind: DurableFunctionKind, name: string): RegisteredFunction | undefined => {
    const fn = registry.find(name);
    return fn?.trigger.type === DURABLE_TRIGGERS[kind] ? fn : undefined;
  };
  return {
    has: (kind, name) => find(kind, name) !== undefined,
    invoke: async (kind, name, payload, instanceId) => {
      const fn = find(kind, name);
      if (fn === undefined) {
        throw new SystemError(`The app has no ${kind} function "${name}".`);
      }
      const data = stringData(payload);
      const metadata = { instanceId: stringData(instanceId), data, [fn.trigger.key]: data };
      const response = await invoker().invoke(fn, {
        data,
        // An orchestrator's payload is its whole history: its own metadata would only copy it.
        metadata: kind === 'activity' ? metadata : { instanceId: metadata.instanceId },
      });
      return typedDataToJson(response.returnValue);
    },
  };
}
