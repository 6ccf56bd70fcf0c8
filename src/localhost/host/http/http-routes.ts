import type { AppRegistry, RegisteredFunction } from '../app-registry.js';
import { compareRoutes, parseRoute } from './route-template.js';
import type { RouteTemplate } from './route-template.js';
import { SystemError } from '../system-error.js';

/** What the routes say about one request. */
export type RouteMatch =
  | {
      readonly kind: 'function';
      readonly fn: RegisteredFunction;
      readonly params: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'methodNotAllowed'; readonly allow: readonly string[] }
  | { readonly kind: 'notFound' };

/** The HTTP routes of an app, most specific first. */
export interface HttpRoutes {
  /** `pathname` as in the URL, percent-encoded, beginning with a slash. */
  match(method: string, pathname: string): RouteMatch;
}

interface Route {
  readonly template: RouteTemplate;
  readonly methods: readonly string[];
  readonly fn: RegisteredFunction;
}

/** The host's own paths, which no function may take. */
const RESERVED = /^(admin|runtime|durabletask)(\/|$)/i;

/** Binding type of HTTP functions, as the registry spells it. */
export const HTTP_TRIGGER = 'httptrigger';

/**
 * Collects the routes of all HTTP functions below `prefix`. Throws a SystemError on a template that is not supported,
 * on one that hides the host's own paths, and on two functions that claim the same method and template.
 */
export function buildHttpRoutes(registry: AppRegistry, prefix: string): HttpRoutes {
  const routes = registry
    .functions()
    .filter((fn) => fn.trigger.type === HTTP_TRIGGER)
    .map((fn) => toRoute(fn, prefix))
    .sort((left, right) => compareRoutes(left.template, right.template));
  refuseDoubles(routes);
  return { match: (method, pathname) => matchRoutes(routes, method, pathname) };
}

/** The route of an HTTP function below the prefix, without leading slash: its own, else its name. */
export function routeOf(fn: RegisteredFunction): string {
  const { route } = fn.trigger.binding;
  return typeof route === 'string' ? route.replace(/^\/+/, '') : fn.name;
}

/** The methods an HTTP function takes, in upper case. */
export function methodsOf(fn: RegisteredFunction): string[] {
  const { methods } = fn.trigger.binding;
  return Array.isArray(methods) ? methods.map((method) => String(method).toUpperCase()) : ['GET', 'POST'];
}

function toRoute(fn: RegisteredFunction, prefix: string): Route {
  const text = prefix === '' ? routeOf(fn) : `${prefix}/${routeOf(fn)}`;
  if (RESERVED.test(text)) {
    throw new SystemError(
      `The route "${text}" of function "${fn.name}" conflicts with the host's own routes.`,
    );
  }
  return { template: parseRoute(text), methods: methodsOf(fn), fn };
}

function refuseDoubles(routes: readonly Route[]): void {
  const owners = new Map<string, string>();
  for (const { template, methods, fn } of routes) {
    for (const method of methods) {
      // Parameter names do not tell two routes apart.
      const claim = `${method} ${template.text.toLowerCase().replace(/\{(\*{0,2})\w+/g, '{$1')}`;
      const owner = owners.get(claim);
      if (owner !== undefined) {
        throw new SystemError(`Functions "${owner}" and "${fn.name}" have the same route: ${claim}`);
      }
      owners.set(claim, fn.name);
    }
  }
}

function matchRoutes(routes: readonly Route[], method: string, pathname: string): RouteMatch {
  const segments = pathname.slice(1).split('/');
  if (segments.at(-1) === '') {
    segments.pop();
  }
  const allow = new Set<string>();
  for (const { template, methods, fn } of routes) {
    const params = template.match(segments);
    if (params !== undefined) {
      if (methods.includes(method)) {
        return { kind: 'function', fn, params };
      }
      methods.forEach((allowed) => allow.add(allowed));
    }
  }
  return allow.size > 0 ? { kind: 'methodNotAllowed', allow: [...allow].sort() } : { kind: 'notFound' };
}
