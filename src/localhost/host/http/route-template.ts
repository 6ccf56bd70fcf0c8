import { SystemError } from '../system-error.js';

/** A parsed route: matches a path and hands out its parameters. */
export interface RouteTemplate {
  readonly text: string;
  /** One rank per segment; compared in order, the lower wins (see {@link compareRoutes}). */
  readonly ranks: readonly number[];
  /** Segments of the path, still percent-encoded. Undefined when the path is not this route's. */
  match(segments: readonly string[]): Record<string, string> | undefined;
}

interface Parameter {
  readonly name: string;
  readonly optional: boolean;
  readonly catchAll: boolean;
  readonly accepts: readonly ((value: string) => boolean)[];
}

interface Segment {
  readonly rank: number;
  readonly pattern: RegExp;
  readonly parameters: readonly Parameter[];
}

// As ASP.NET ranks the segments of a template: literal, mixed or constrained, plain parameter, rest of the path.
const RANK = { literal: 1, constrained: 2, parameter: 3, constrainedRest: 4, rest: 5 } as const;

const CONSTRAINTS: Readonly<Record<string, (value: string) => boolean>> = {
  int: (value) => /^[+-]?\d+$/.test(value) && Number(value) >= -(2 ** 31) && Number(value) < 2 ** 31,
  long: (value) => /^[+-]?\d{1,19}$/.test(value),
  bool: (value) => /^(true|false)$/i.test(value),
  alpha: (value) => /^[a-z]*$/i.test(value),
  guid: (value) => /^\{?[\da-f]{8}-?([\da-f]{4}-?){3}[\da-f]{12}\}?$/i.test(value),
};

/**
 * Parses a route template: literals, `{name}`, `{name?}` (last only), `{name:int}` (int, long, bool, alpha, guid),
 * `{*rest}` (last only), and mixed segments such as `report.{format}`. Throws a SystemError on anything else, because
 * a route that silently never matches is worse.
 */
export function parseRoute(text: string): RouteTemplate {
  const parts = text.split('/').filter((part) => part !== '');
  const segments = parts.map((part, index) => parseSegment(part, index === parts.length - 1, text));
  return {
    text,
    ranks: segments.map((segment) => segment.rank),
    match: (path) => matchSegments(segments, path),
  };
}

/** Orders routes so that the more specific comes first: segment by segment, then the shorter. */
export function compareRoutes(left: RouteTemplate, right: RouteTemplate): number {
  for (const [index, rank] of left.ranks.entries()) {
    const other = right.ranks[index];
    if (other === undefined) {
      return 1;
    }
    if (rank !== other) {
      return rank - other;
    }
  }
  return left.ranks.length - right.ranks.length;
}

function parseSegment(part: string, isLast: boolean, route: string): Segment {
  const parameters: Parameter[] = [];
  let pattern = '';
  let rest = part;
  while (rest !== '') {
    const match = /^\{([^{}]*)\}/.exec(rest);
    if (match !== null) {
      const parameter = parseParameter(match[1] ?? '', route);
      parameters.push(parameter);
      pattern += parameter.catchAll ? '(.*)' : '(.+?)';
      rest = rest.slice(match[0].length);
    } else {
      const literal = /^[^{}]+/.exec(rest)?.[0];
      if (literal === undefined) {
        throw new SystemError(`Route "${route}" has an unbalanced brace in "${part}".`);
      }
      pattern += literal.replace(/[\\^$.*+?()[\]|]/g, '\\$&');
      rest = rest.slice(literal.length);
    }
  }
  const mixed = parameters.length > 0 && part !== `{${/^\{([^{}]*)\}$/.exec(part)?.[1] ?? ''}}`;
  if (parameters.some((parameter) => (parameter.optional || parameter.catchAll) && (mixed || !isLast))) {
    throw new SystemError(`Route "${route}": "${part}" is allowed only as the whole last segment.`);
  }
  return { rank: rankOf(parameters, mixed), pattern: new RegExp(`^${pattern}$`, 'i'), parameters };
}

function rankOf(parameters: readonly Parameter[], mixed: boolean): number {
  const [parameter] = parameters;
  if (parameter === undefined) {
    return RANK.literal;
  }
  const constrained = parameter.accepts.length > 0;
  if (parameter.catchAll) {
    return constrained ? RANK.constrainedRest : RANK.rest;
  }
  return mixed || constrained ? RANK.constrained : RANK.parameter;
}

function parseParameter(inner: string, route: string): Parameter {
  const match = /^(\*{0,2})(\w+)((?::[a-z]+)*)(\??)$/i.exec(inner);
  if (match === null) {
    throw new SystemError(`Route "${route}": parameter "{${inner}}" is not supported.`);
  }
  const [, stars = '', name = '', constraints = '', optional = ''] = match;
  const accepts = constraints
    .split(':')
    .slice(1)
    .map((constraint) => {
      const accept = CONSTRAINTS[constraint.toLowerCase()];
      if (accept === undefined) {
        throw new SystemError(`Route "${route}": constraint "${constraint}" is not supported.`);
      }
      return accept;
    });
  return { name, optional: optional !== '', catchAll: stars !== '', accepts };
}

function matchSegments(
  segments: readonly Segment[],
  path: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const [first] = segment.parameters;
    if (first?.catchAll === true) {
      return matchParameters(segment, [path.slice(index).join('/')], params) ? params : undefined;
    }
    const value = path[index];
    if (value === undefined) {
      return first?.optional === true ? params : undefined;
    }
    const found = segment.pattern.exec(value);
    if (found === null || !matchParameters(segment, found.slice(1), params)) {
      return undefined;
    }
  }
  return path.length > segments.length ? undefined : params;
}

function matchParameters(
  segment: Segment,
  values: readonly string[],
  params: Record<string, string>,
): boolean {
  for (const [index, parameter] of segment.parameters.entries()) {
    const value = decodeRouteValue(values[index] ?? '');
    if (value === undefined || !parameter.accepts.every((accept) => accept(value))) {
      return false;
    }
    if (value !== '') {
      params[parameter.name] = value;
    }
  }
  return true;
}

/** As the real host's web server: everything is decoded but an encoded slash. Undefined when it is no valid UTF-8. */
function decodeRouteValue(encoded: string): string | undefined {
  try {
    return encoded
      .split(/%2f/i)
      .map((part) => decodeURIComponent(part))
      .join('%2F');
  } catch {
    return undefined;
  }
}
