import { describe, expect, it } from 'vitest';
import { typedDataToBytes, typedDataToJson } from '../../../../src/localhost/host/typed-data.js';

describe('return values as JSON text', () => {
  it.each([
    [undefined, undefined],
    [null, undefined],
    [{}, undefined],
    [{ json: '{"a":1}' }, '{"a":1}'],
    [{ string: '{"a":1}' }, '"{\\"a\\":1}"'],
    [{ string: '' }, '""'],
    [{ int: 0 }, '0'],
    [{ double: 1.5 }, '1.5'],
    [{ bytes: new Uint8Array([1, 2]) }, '"AQI="'],
  ])('%j gives %j', (data, json) => {
    expect(typedDataToJson(data)).toBe(json);
  });
});

describe('return values as the bytes of a body', () => {
  it.each([
    [undefined, ''],
    [{}, ''],
    [{ string: 'ü' }, 'ü'],
    [{ int: 7 }, '7'],
    [{ json: '[1]' }, '[1]'],
    [{ bytes: Buffer.from('raw') }, 'raw'],
  ])('%j gives %j', (data, text) => {
    expect(typedDataToBytes(data).toString('utf8')).toBe(text);
  });
});
