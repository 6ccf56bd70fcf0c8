import { posix } from 'node:path';
import { Evaluator } from './evaluator.js';
import { parseBicep } from './parse.js';
import { checkParameters } from './parameters.js';
import { describeRuntime } from './runtime-values.js';
import {
  BicepFault,
  type BicepFile,
  type Expression,
  type ModuleDeclaration,
  type ResourceDeclaration,
  type TypeExpression,
} from './syntax.js';
import { groupId, isObject, placeOf, textOf, type Place, type Value, type ValueObject } from './values.js';

/** A resource as it would be sent to Azure. */
export interface DeployedResource {
  readonly file: string;
  readonly symbol: string;
  readonly type: string;
  readonly version: string;
  readonly id: string;
  readonly name: string;
  /** Without `parent`, `scope` and `dependsOn`. */
  readonly body: ValueObject;
}

/** Texts of the templates and of what they load, by path. */
export type Sources = ReadonlyMap<string, string>;

interface Located {
  readonly type: string;
  readonly version: string;
  readonly id: string;
}

const apart = new Set(['parent', 'scope', 'dependsOn']);

/** One template with its parameters at one place; modules are templates of their own. */
export class Deployment {
  readonly resources: DeployedResource[] = [];
  readonly #sources: Sources;
  readonly #path: string;
  readonly #file: BicepFile;
  readonly #place: Place;
  readonly #evaluator: Evaluator;
  readonly #nested = new Map<string, { declaration: ResourceDeclaration; parent: ValueObject }>();

  constructor(sources: Sources, path: string, given: ReadonlyMap<string, Value>, place: Place) {
    this.#sources = sources;
    this.#path = path;
    this.#file = parseBicep(this.#read(path));
    this.#place = place;
    const scope = place.resourceGroup === undefined ? 'subscription' : 'resourceGroup';
    if (this.#file.targetScope !== scope) {
      throw new BicepFault(`${path} is for a ${this.#file.targetScope} and is deployed to a ${scope}`);
    }
    this.#evaluator = new Evaluator(place, (name) => this.#read(posix.join(posix.dirname(path), name)));
    this.#bind(given);
  }

  #read(path: string): string {
    const text = this.#sources.get(path);
    if (text === undefined) throw new BicepFault(`${path} does not exist`);
    return text;
  }

  #bind(given: ReadonlyMap<string, Value>): void {
    const { parameters, variables, resources, modules } = this.#file;
    checkParameters(this.#file, given, (name) => this.#type(name));
    for (const { name, fallback } of parameters) {
      const value = given.get(name);
      this.#evaluator.bind(name, () => value ?? this.#evaluator.evaluate(fallback));
    }
    for (const [name, value] of variables) {
      this.#evaluator.bind(name, () => this.#evaluator.evaluate(value));
    }
    for (const declaration of resources) {
      this.#evaluator.bind(declaration.symbol, () => this.#resource(declaration));
      this.#bindNested(declaration.symbol, declaration.body);
    }
    for (const declaration of modules) {
      this.#evaluator.bind(declaration.symbol, () => this.#module(declaration));
    }
  }

  #type(name: string): TypeExpression {
    const own = this.#file.types.get(name);
    if (own !== undefined) return own;
    const imported = this.#file.imports.find(({ names }) => names.includes(name));
    const path = posix.join(posix.dirname(this.#path), imported?.path ?? '');
    const type = imported === undefined ? undefined : parseBicep(this.#read(path)).types.get(name);
    if (type === undefined) throw new BicepFault(`the type ${name} does not exist`);
    return type;
  }

  #bindNested(owner: string, body: Expression): void {
    if (body.kind !== 'object') return;
    for (const declaration of body.resources) {
      const name = `${owner}::${declaration.symbol}`;
      this.#evaluator.bind(name, () => this.#resource(declaration, this.#evaluator.lookup(owner)));
      this.#bindNested(name, declaration.body);
      this.#nested.set(name, { declaration, parent: {} });
    }
  }

  /** Evaluates everything, used or not, and gives the outputs. */
  run(): ValueObject {
    const { resources, modules, outputs } = this.#file;
    const symbols = [...resources, ...modules].map(({ symbol }) => symbol);
    for (const symbol of [...symbols, ...this.#nested.keys()]) this.#evaluator.attempt(symbol);
    return Object.fromEntries(outputs.map(({ name, value }) => [name, this.#evaluator.evaluate(value)]));
  }

  #resource(declaration: ResourceDeclaration, parent?: Value): Value {
    return this.#evaluator.each(declaration.symbol, declaration.body, (evaluate) => {
      const body = evaluate();
      const { type, version, id } = this.#locate(declaration, body, parent);
      const sent = Object.fromEntries(Object.entries(body).filter(([key]) => !apart.has(key)));
      const name = textOf(body['name']);
      if (!declaration.existing) {
        const { symbol } = declaration;
        this.resources.push({ file: this.#path, symbol, type, version, id, name, body: sent });
      }
      const { existing } = declaration;
      return describeRuntime({ type, version, id, name, body: sent, existing });
    });
  }

  #locate(declaration: ResourceDeclaration, body: ValueObject, parent: Value | undefined): Located {
    const name = textOf(body['name']);
    const [type = '', version] = declaration.type.split('@');
    const owner = parent ?? body['parent'];
    if (isObject(owner)) {
      const full = parent === undefined ? type : `${textOf(owner['type'])}/${type}`;
      const id = `${textOf(owner['id'])}/${full.slice(full.lastIndexOf('/') + 1)}/${name}`;
      return { type: full, version: version ?? textOf(owner['apiVersion']), id };
    }
    if (version === undefined) throw new BicepFault(`${declaration.symbol} has no API version`);
    const { subscriptionId, resourceGroup } = this.#place;
    if (type === 'Microsoft.Resources/resourceGroups') {
      return { type, version, id: groupId(subscriptionId, name) };
    }
    const scope = isObject(body['scope']) ? textOf(body['scope']['id']) : undefined;
    const base =
      scope ??
      (resourceGroup === undefined
        ? `/subscriptions/${subscriptionId}`
        : groupId(subscriptionId, resourceGroup));
    return { type, version, id: `${base}/providers/${type}/${name}` };
  }

  #module({ symbol, path, body }: ModuleDeclaration): Value {
    return this.#evaluator.each(symbol, body, (evaluate) => {
      const { scope, params = {}, name } = evaluate();
      textOf(name);
      if (!isObject(params)) throw new BicepFault(`params of ${symbol} is not an object`);
      const place = isObject(scope) ? placeOf(textOf(scope['id'])) : this.#place;
      const target = posix.join(posix.dirname(this.#path), path);
      const child = new Deployment(this.#sources, target, new Map(Object.entries(params)), place);
      const outputs = child.run();
      this.resources.push(...child.resources);
      return { name: name ?? '', outputs };
    });
  }
}
