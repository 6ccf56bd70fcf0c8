import { describe, expect, it } from 'vitest';
import { AppRegistry } from '../../../../../src/localhost/host/app-registry.js';
import { buildHttpRoutes } from '../../../../../src/localhost/host/http/http-routes.js';
import type { HttpRoutes } from '../../../../../src/localhost/host/http/http-routes.js';

interface Declared {
  readonly name: string;
  readonly route?: string;
  readonly methods?: readonly string[];
}

function routesOf(prefix: string, ...functions: readonly Declared[]): HttpRoutes {
  const registry = new AppRegistry(() => undefined);
  for (const { name, ...options } of functions) {
    const bindings = { t: { type: 'httpTrigger', direction: 'in', ...options } } as const;
    registry.registerFunction({ name, bindings }, () => undefined);
  }
  return buildHttpRoutes(registry, prefix);
}

describe('the routes of an app', () => {
  it('takes the function’s name as route, below the prefix, for GET and POST', () => {
    const routes = routesOf('api/v2', { name: 'Ping' });
    expect(routes.match('POST', '/api/v2/ping')).toMatchObject({ kind: 'function', fn: { name: 'Ping' } });
    expect(routes.match('PUT', '/api/v2/ping')).toEqual({ kind: 'methodNotAllowed', allow: ['GET', 'POST'] });
    expect(routes.match('GET', '/ping')).toEqual({ kind: 'notFound' });
  });

  it('falls through to a less specific route that takes the method', () => {
    const routes = routesOf(
      '',
      { name: 'one', route: 'a/b', methods: ['get'] },
      { name: 'any', route: 'a/{x}', methods: ['post'] },
    );
    expect(routes.match('POST', '/a/b')).toMatchObject({ fn: { name: 'any' }, params: { x: 'b' } });
    expect(routes.match('PATCH', '/a/b')).toMatchObject({ allow: ['GET', 'POST'] });
  });

  it('serves the root when there is no prefix', () => {
    expect(routesOf('', { name: 'root', route: '/' }).match('GET', '/')).toMatchObject({
      fn: { name: 'root' },
    });
  });

  it('refuses routes that hide the host’s own, and two functions on one route', () => {
    expect(() => routesOf('', { name: 'x', route: 'admin/functions' })).toThrow('conflicts with the host');
    expect(() => routesOf('', { name: 'x', route: 'runtime' })).toThrow('conflicts with the host');
    expect(() => routesOf('api', { name: 'x', route: 'a/{b}' }, { name: 'y', route: 'A/{c}' })).toThrow(
      'Functions "x" and "y" have the same route: GET api/a/{}',
    );
    expect(() => routesOf('api', { name: 'x', route: 'admin' })).not.toThrow();
  });
});
