import { isObject, type Value, type ValueObject } from '../bicep/values.js';

type Expected = Readonly<Record<string, Value>>;

/** The value at a path like `siteConfig.ftpsState`. */
export function at(value: ValueObject, path: string): Value | undefined {
  return path
    .split('.')
    .reduce<Value | undefined>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);
}

/** Where properties are not what they must be; a key is a path. */
export function differences(where: string, properties: ValueObject, expected: Expected): string[] {
  return Object.entries(expected)
    .filter(([path, value]) => JSON.stringify(at(properties, path)) !== JSON.stringify(value))
    .map(
      ([path, value]) =>
        `${where}.${path} is ${JSON.stringify(at(properties, path))}, not ${JSON.stringify(value)}`,
    );
}
