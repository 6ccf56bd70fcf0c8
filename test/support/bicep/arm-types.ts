import { readFileSync } from 'node:fs';
import type { DeployedResource } from './deployment.js';
import { isList, isObject, shown, type Value } from './values.js';

/** Types of properties by name; `!` marks what is required, `-` what Azure alone writes, `*` any further name. */
type Shape = Readonly<Record<string, string>>;
type Shapes = Shape | readonly Shape[];

interface ResourceType {
  readonly body: Shapes;
  readonly types: Readonly<Record<string, Shapes>>;
}

const folder = 'test/unit/infra/fixtures';
const known = Object.assign(
  {},
  ...['arm-types.json', 'own-types.json'].map(
    (file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as unknown,
  ),
) as Readonly<Record<string, ResourceType>>;

/** What is wrong with a resource by the type Azure publishes for it; empty when nothing is. */
export function schemaFaults(resource: DeployedResource): string[] {
  const name = `${resource.type}@${resource.version}`;
  const type = known[name];
  const where = `${resource.file}: ${resource.symbol}`;
  if (type === undefined) return [`${where}: the type ${name} is not known`];
  return new Checker(type.types).shape(resource.body, type.body, where);
}

class Checker {
  readonly #types: ResourceType['types'];

  constructor(types: ResourceType['types']) {
    this.#types = types;
  }

  /** An object that may have one of several shapes is held against the one that it resembles most. */
  shape(value: Value, shapes: Shapes, where: string): string[] {
    if (!isObject(value)) return [`${where} is not an object`];
    const candidates = [shapes].flat();
    const matching = candidates.filter(
      (shape) => candidates.length === 1 || shape['name'] === undefined || isOf(value['name'], shape['name']),
    );
    if (matching.length === 0) return [`${where} has a name that its type does not know`];
    const [best = []] = matching
      .map((shape) => this.#object(value, shape, where))
      .sort((a, b) => a.length - b.length);
    return best;
  }

  #object(value: Readonly<Record<string, Value>>, shape: Shape, where: string): string[] {
    const given = Object.entries(value).filter(([, item]) => item !== null);
    const missing = Object.keys(shape).filter(
      (name) => shape[name]?.startsWith('!') === true && !given.some(([key]) => key === name),
    );
    return [
      ...missing.map((name) => `${where}.${name} is missing`),
      ...given.flatMap(([name, item]) => {
        const type = (Object.hasOwn(shape, name) ? shape[name] : undefined) ?? shape['*'];
        const path = `${where}.${name}`;
        if (type === undefined) return [`${path} is not a property of its type`];
        if (type.startsWith('-')) return [`${path} is read-only`];
        return this.#value(item, type.replace(/^!/, ''), path);
      }),
    ];
  }

  #value(value: Value, type: string, where: string): string[] {
    const alternatives = type.split(' | ');
    // An open enumeration ends in `| string`: our templates use what it names only.
    const named = alternatives.length > 1 ? alternatives.filter((name) => name !== 'string') : alternatives;
    const [best = []] = named
      .map((name) => this.#single(value, name, where))
      .sort((a, b) => a.length - b.length);
    return best;
  }

  #single(value: Value, type: string, where: string): string[] {
    // A literal may be spelled like the name of a type.
    if (value === type) return [];
    if (type.endsWith('[]')) {
      if (!isList(value)) return [`${where} is not an array`];
      const element = type.slice(0, -2);
      return value.flatMap((item, index) => this.#value(item, element, `${where}[${String(index)}]`));
    }
    const nested = this.#types[type];
    if (nested !== undefined) return this.shape(value, nested, where);
    if (type === 'any' || type === 'object') return [];
    const primitive = { string: 'string', int: 'number', bool: 'boolean' }[type];
    const fits =
      primitive === undefined ? value === type || shown(value) === type : typeof value === primitive;
    return fits ? [] : [`${where} is ${JSON.stringify(value)}, not ${type}`];
  }
}

function isOf(value: Value | undefined, type: string | undefined): boolean {
  return type?.replace(/^[!-]/, '').split(' | ').includes(shown(value)) === true;
}
