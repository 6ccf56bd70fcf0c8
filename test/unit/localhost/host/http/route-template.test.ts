import { describe, expect, it } from 'vitest';
import { compareRoutes, parseRoute } from '../../../../../src/localhost/host/http/route-template.js';

const match = (template: string, path: string): Record<string, string> | undefined =>
  parseRoute(template).match(path.split('/'));

describe('matching a route', () => {
  it.each([
    ['jobs', 'jobs', {}],
    ['jobs', 'JOBS', {}],
    ['jobs', 'jobs/1', undefined],
    ['jobs/{id}', 'jobs/a%20b', { id: 'a b' }],
    ['jobs/{id}', 'jobs/a%2Fb', { id: 'a%2Fb' }],
    ['jobs/{id}', 'jobs/%E0%A4%A', undefined],
    ['jobs/{id}', 'jobs', undefined],
    ['jobs/{id}', 'jobs/', undefined],
    ['jobs/{id?}', 'jobs', {}],
    ['jobs/{id?}', 'jobs/1', { id: '1' }],
    ['{a}/{b}', '1/2', { a: '1', b: '2' }],
    ['n/{a:int}', 'n/-12', { a: '-12' }],
    ['n/{a:int}', 'n/2147483648', undefined],
    ['n/{a:int?}', 'n', {}],
    ['n/{a:long}', 'n/2147483648', { a: '2147483648' }],
    ['n/{a:bool}', 'n/True', { a: 'True' }],
    ['n/{a:alpha}', 'n/x1', undefined],
    ['n/{a:guid}', 'n/6f9619ff-8b86-d011-b42d-00c04fc964ff', { a: '6f9619ff-8b86-d011-b42d-00c04fc964ff' }],
    ['files/{*rest}', 'files/a/b%20c', { rest: 'a/b c' }],
    ['files/{*rest}', 'files', {}],
    ['files/{**rest}', 'files/a', { rest: 'a' }],
    ['report.{format}', 'report.csv', { format: 'csv' }],
    ['report.{format}', 'reportxcsv', undefined],
    ['{name}.{format}', 'a.csv', { name: 'a', format: 'csv' }],
  ])('%s on %s gives %j', (template, path, params) => {
    expect(match(template, path)).toEqual(params);
  });

  it.each(['a/{b', 'a/{b?}/c', '{*rest}/c', 'a/{b=1}', 'a/{b:regex(x)}', 'a/{b:lower}', 'x{b?}', 'a/}'])(
    'refuses the template %s',
    (template) => {
      expect(() => parseRoute(template)).toThrow(/^Route "/);
    },
  );
});

describe('the order of routes', () => {
  it('puts literals before constrained, plain, optional and catch-all segments', () => {
    const templates = ['a/{*rest}', 'a/{b}', 'a/{b}/c', 'a', 'a/{b:int}', 'a/b', '{x}/b', 'a/b.{c}'];
    const sorted = templates.map((text) => parseRoute(text)).sort(compareRoutes);
    expect(sorted.map((route) => route.text)).toEqual([
      'a',
      'a/b',
      'a/{b:int}',
      'a/b.{c}',
      'a/{b}',
      'a/{b}/c',
      'a/{*rest}',
      '{x}/b',
    ]);
  });
});
