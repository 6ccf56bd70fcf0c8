import {
  BicepFault,
  type BicepFile,
  type Expression,
  type ParameterDeclaration,
  type TypeExpression,
} from './syntax.js';
import { isList, isObject, shown, type Value } from './values.js';

/** Finds a named type, in the file or among its imports. */
export type TypeFinder = (name: string) => TypeExpression;

/** What is wrong with a value that is given for a declared type; empty when nothing is. */
function typeFaults(value: Value, type: TypeExpression, find: TypeFinder, where: string): string[] {
  switch (type.kind) {
    case 'named':
      return typeFaults(value, find(type.name), find, where);
    case 'nullable':
      return value === null ? [] : typeFaults(value, type.of, find, where);
    case 'array':
      return isList(value)
        ? value.flatMap((item, index) => typeFaults(item, type.of, find, `${where}[${String(index)}]`))
        : [`${where} is not an array`];
    case 'object':
      return objectFaults(value, type.properties, find, where);
    case 'union':
      return typeof value === 'string' && type.texts.includes(value)
        ? []
        : [`${where} is none of ${type.texts.join(', ')}`];
    case 'primitive':
      return isPrimitive(value, type.name) ? [] : [`${where} is not of type ${type.name}`];
  }
}

function isPrimitive(value: Value, name: string): boolean {
  if (name === 'array') return isList(value);
  if (name === 'object') return isObject(value);
  return { string: 'string', int: 'number', bool: 'boolean' }[name] === typeof value;
}

function objectFaults(
  value: Value,
  properties: ReadonlyMap<string, TypeExpression>,
  find: TypeFinder,
  where: string,
): string[] {
  if (!isObject(value)) return [`${where} is not an object`];
  const unknown = Object.keys(value).filter((name) => !properties.has(name));
  return [
    ...unknown.map((name) => `${where}.${name} is not declared`),
    ...[...properties].flatMap(([name, type]) => {
      const given = value[name];
      if (given !== undefined) return typeFaults(given, type, find, `${where}.${name}`);
      return type.kind === 'nullable' ? [] : [`${where}.${name} is missing`];
    }),
  ];
}

const literalOf = (expression: Expression | undefined): Value | undefined => {
  if (expression?.kind === 'literal') return expression.value;
  return expression?.kind === 'array' ? expression.items.map((item) => literalOf(item) ?? null) : undefined;
};

function limitFaults({ name, decorators }: ParameterDeclaration, value: Value): string[] {
  const limit = (decorator: string): Value | undefined => literalOf(decorators.get(decorator)?.[0]);
  const allowed = limit('allowed');
  const least = limit('minValue');
  const most = limit('maxValue');
  const longest = limit('maxLength');
  return [
    isList(allowed) && !allowed.includes(value) ? `${name} may not be ${JSON.stringify(value)}` : '',
    typeof least === 'number' && Number(value) < least ? `${name} is below ${String(least)}` : '',
    typeof most === 'number' && Number(value) > most ? `${name} is above ${String(most)}` : '',
    typeof longest === 'number' && shown(value).length > longest ? `${name} is too long` : '',
  ].filter((fault) => fault !== '');
}

/** Holds what is given against what is declared. Throws `BicepFault` with every difference. */
export function checkParameters(file: BicepFile, given: ReadonlyMap<string, Value>, find: TypeFinder): void {
  const declared = new Map(file.parameters.map((parameter) => [parameter.name, parameter]));
  const faults = [
    ...[...given.keys()].filter((name) => !declared.has(name)).map((name) => `${name} is not a parameter`),
    ...file.parameters.flatMap((parameter) => {
      const value = given.get(parameter.name);
      if (value === undefined) {
        return parameter.fallback === undefined ? [`the parameter ${parameter.name} is missing`] : [];
      }
      return [...typeFaults(value, parameter.type, find, parameter.name), ...limitFaults(parameter, value)];
    }),
  ];
  if (faults.length > 0) throw new BicepFault(faults.join('; '));
}
