import { createHash } from 'node:crypto';
import { BicepFault } from './syntax.js';

export type Value = string | number | boolean | null | readonly Value[] | ValueObject;
export interface ValueObject {
  readonly [name: string]: Value;
}

/** Where a deployment goes. */
export interface Place {
  readonly subscriptionId: string;
  readonly resourceGroup?: string;
}

export function isObject(value: Value | undefined): value is ValueObject {
  return typeof value === 'object' && value !== null && !isList(value);
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

export function textOf(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new BicepFault(`${JSON.stringify(value)} stands where text is expected`);
}

/** A value as it is shown and compared: text as it is, all else as JSON, nothing for what is not there. */
export function shown(value: Value | undefined): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

function listOf(value: Value | undefined): readonly Value[] {
  if (isList(value)) return value;
  throw new BicepFault(`${JSON.stringify(value)} stands where an array is expected`);
}

export function groupId(subscriptionId: string, name: string): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${name}`;
}

/** The place that a subscription's or a resource group's id names. */
export function placeOf(id: string): Place {
  const [, subscriptionId, resourceGroup] =
    /^\/subscriptions\/([^/]+)(?:\/resourceGroups\/([^/]+))?$/.exec(id) ?? [];
  if (subscriptionId === undefined) throw new BicepFault(`${id} is no scope of a deployment`);
  return resourceGroup === undefined ? { subscriptionId } : { subscriptionId, resourceGroup };
}

const hashed = (args: readonly Value[]): string =>
  createHash('sha256').update(args.map(textOf).join('\n')).digest('hex');

const same = (left: Value, right: Value): boolean => JSON.stringify(left) === JSON.stringify(right);

function unionOf(args: readonly Value[]): Value {
  if (args.every(isObject)) return Object.assign({}, ...args) as ValueObject;
  const all: Value[] = [];
  for (const item of args.flatMap((arg) => listOf(arg))) {
    if (!all.some((seen) => same(seen, item))) all.push(item);
  }
  return all;
}

type Implementation = (args: readonly Value[], place: Place) => Value;

/** What of Bicep's functions our templates call; a hash stands for `uniqueString` and `guid`. */
const functions: Readonly<Record<string, Implementation>> = {
  uniqueString: (args) => hashed(args).slice(0, 13),
  guid: (args) => hashed(args).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5'),
  toLower: ([text]) => textOf(text).toLowerCase(),
  string: ([value]) => (typeof value === 'string' ? value : JSON.stringify(value)),
  empty: ([value]) => value === null || (isObject(value) ? Object.keys(value).length : lengthOf(value)) === 0,
  length: ([value]) => lengthOf(value),
  contains: ([list, item = null]) => listOf(list).some((one) => same(one, item)),
  concat: (args) => args.flatMap((arg) => listOf(arg)),
  union: unionOf,
  range: ([from, count]) => Array.from({ length: Number(count) }, (_, index) => Number(from) + index),
  cidrSubnet: ([prefix, size, index]) => `${textOf(prefix)}#${textOf(size)}.${textOf(index)}`,
  subscription: (_args, { subscriptionId }) => ({ id: `/subscriptions/${subscriptionId}`, subscriptionId }),
  environment: () => ({ suffixes: { storage: 'core.windows.net' } }),
  resourceGroup: ([subscriptionId, name], place) => {
    const group = name === undefined ? place.resourceGroup : textOf(name);
    if (group === undefined) throw new BicepFault('resourceGroup() outside a resource group');
    const owner = name === undefined ? place.subscriptionId : textOf(subscriptionId);
    return { id: groupId(owner, group), name: group };
  },
  subscriptionResourceId: ([type, name], { subscriptionId }) =>
    `/subscriptions/${subscriptionId}/providers/${textOf(type)}/${textOf(name)}`,
  resourceId: ([subscriptionId, group, type, name]) =>
    `${groupId(textOf(subscriptionId), textOf(group))}/providers/${textOf(type)}/${textOf(name)}`,
};

function lengthOf(value: Value | undefined): number {
  return typeof value === 'string' ? value.length : listOf(value).length;
}

export function callFunction(name: string, args: readonly Value[], place: Place): Value {
  const implementation = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (implementation === undefined) throw new BicepFault(`the function ${name} is not known`);
  return implementation(args, place);
}
