import type { Node } from 'web-tree-sitter';
import { BicepFault, type Expression, type ResourceDeclaration, type TypeExpression } from './syntax.js';

type Reader = (node: Node, parts: readonly Node[]) => Expression;

const readers: Readonly<Record<string, Reader>> = {
  string: (node) => readString(node),
  number: ({ text }) => ({ kind: 'literal', value: Number(text) }),
  boolean: ({ text }) => ({ kind: 'literal', value: text === 'true' }),
  null: () => ({ kind: 'literal', value: null }),
  identifier: ({ text }) => ({ kind: 'name', name: text }),
  parenthesized_expression: (_node, [inner]) => readExpression(inner),
  member_expression: (node, [of, name]) => {
    const safe = node.children.some(({ type }) => type === '.?');
    // `identity!` promises that it is there: evaluation finds out.
    return name === undefined
      ? readExpression(of)
      : applied(of, (inner) => ({ kind: 'member', of: inner, name: name.text, safe }));
  },
  subscript_expression: (_node, [of, at]) =>
    applied(of, (inner) => ({ kind: 'index', of: inner, at: readExpression(at) })),
  resource_expression: (_node, [of, name]) => ({
    kind: 'nested',
    of: readExpression(of),
    name: name?.text ?? '',
  }),
  call_expression: (_node, [callee, args]) =>
    applied(callee, (inner) => {
      if (inner.kind !== 'name') throw new BicepFault('only functions by their name are called');
      return { kind: 'call', name: inner.name, args: namedParts(args).map(readExpression) };
    }),
  unary_expression: (_node, [of]) => ({ kind: 'not', of: readExpression(of) }),
  binary_expression: (node, [left, right]) =>
    inLambda(left, (first) => ({
      kind: 'binary',
      operator: node.children.find(({ isNamed }) => !isNamed)?.type ?? '',
      left: first,
      right: readExpression(right),
    })),
  ternary_expression: (_node, [condition, then, otherwise]) => ({
    kind: 'ternary',
    condition: readExpression(condition),
    then: readExpression(then),
    otherwise: readExpression(otherwise),
  }),
  lambda_expression: (_node, [parameter, body]) => ({
    kind: 'lambda',
    parameter: parameter?.text ?? '',
    body: readExpression(body),
  }),
  array: (_node, items) => ({ kind: 'array', items: items.map(readExpression) }),
  object: (_node, parts) => readObject(parts),
  for_statement: (_node, parts) => readFor(parts),
  if_statement: (_node, [condition, body]) => ({
    kind: 'if',
    condition: readExpression(condition),
    body: readExpression(body),
  }),
};

export function readExpression(node: Node | undefined): Expression {
  const reader = node === undefined ? undefined : readers[node.type];
  if (node === undefined || reader === undefined) {
    throw new BicepFault(`${node?.type ?? 'nothing'} is not an expression that is used here`);
  }
  return reader(node, namedParts(node));
}

function namedParts(node: Node | undefined): Node[] {
  return node?.namedChildren.filter(({ type }) => type !== 'comment') ?? [];
}

/**
 * `a ?? b.c` and `x ? a : b.c` mean `.c` of `b`, but the grammar takes `.c` for the whole: what follows an operator's
 * last operand is moved to it, unless there are parentheses.
 */
function applied(node: Node | undefined, wrap: (inner: Expression) => Expression): Expression {
  const expression = readExpression(node);
  return node?.type === 'parenthesized_expression' ? wrap(expression) : pushed(expression, wrap);
}

/** `x => x.a ?? b` is a function that gives `x.a ?? b`, but the grammar takes the function for an operand. */
function inLambda(node: Node | undefined, wrap: (inner: Expression) => Expression): Expression {
  const expression = readExpression(node);
  return expression.kind === 'lambda' && node?.type !== 'parenthesized_expression'
    ? { ...expression, body: wrap(expression.body) }
    : wrap(expression);
}

function pushed(expression: Expression, wrap: (inner: Expression) => Expression): Expression {
  switch (expression.kind) {
    case 'ternary':
      return { ...expression, otherwise: pushed(expression.otherwise, wrap) };
    case 'binary':
      return { ...expression, right: pushed(expression.right, wrap) };
    case 'not':
      return { ...expression, of: pushed(expression.of, wrap) };
    case 'lambda':
      return { ...expression, body: pushed(expression.body, wrap) };
    default:
      return wrap(expression);
  }
}

function readString(node: Node): Expression {
  const parts = node.namedChildren.map((part): Expression => {
    if (part.type === 'interpolation') return readExpression(part.namedChildren[0]);
    if (part.type === 'escape_sequence') return { kind: 'literal', value: part.text.slice(1) };
    return { kind: 'literal', value: part.text };
  });
  if (parts.length === 0) return { kind: 'literal', value: '' };
  const [only] = parts;
  const plain = parts.length === 1 && node.namedChildren[0]?.type !== 'interpolation';
  return plain && only !== undefined ? only : { kind: 'template', parts };
}

function readObject(parts: readonly Node[]): Expression {
  const properties: { key: Expression; value: Expression }[] = [];
  const resources: ResourceDeclaration[] = [];
  for (const part of parts) {
    const [key, value] = namedParts(part);
    if (part.type !== 'object_property') continue;
    if (key?.type === 'resource_declaration') {
      resources.push(readResource(key));
    } else if (key?.type !== 'decorators') {
      properties.push({
        key: key?.type === 'string' ? readExpression(key) : { kind: 'literal', value: key?.text ?? '' },
        value: readExpression(value),
      });
    }
  }
  return { kind: 'object', properties, resources };
}

/** A resource, at the top or nested in the body of another. */
export function readResource(node: Node): ResourceDeclaration {
  const [symbol, type, ...rest] = namedParts(node);
  const typeText = readExpression(type);
  return {
    symbol: symbol?.text ?? '',
    type: typeText.kind === 'literal' ? String(typeText.value) : '',
    existing: node.children.some((child) => child.type === 'existing'),
    body: readExpression(rest.at(-1)),
  };
}

function readFor(parts: readonly Node[]): Expression {
  const [variables, over, body] = parts;
  const names =
    variables?.type === 'for_loop_parameters'
      ? variables.namedChildren.map(({ text }) => text)
      : [variables?.text ?? ''];
  const [item = '', index] = names;
  const shared = { kind: 'for', item, over: readExpression(over), body: readExpression(body) } as const;
  return index === undefined ? shared : { ...shared, index };
}

/** A type, as a parameter or a property declares it. */
export function readType(node: Node | undefined): TypeExpression {
  const [inner] = namedParts(node);
  switch (node?.type) {
    case 'type':
    case 'parenthesized_type':
      return readType(inner);
    case 'union_type':
      return { kind: 'union', texts: namedParts(node).map(({ text }) => text.slice(1, -1)) };
    case 'primitive_type':
      return { kind: 'primitive', name: node.text };
    case 'identifier':
      return readTypeName(node.text);
    case 'array_type':
      return { kind: 'array', of: readType(inner) };
    case 'nullable_type':
      return { kind: 'nullable', of: readType(inner) };
    case 'object':
      return { kind: 'object', properties: readTypeProperties(namedParts(node)) };
    default:
      throw new BicepFault(`${node?.type ?? 'nothing'} is not a type that is used here`);
  }
}

function readTypeName(name: string): TypeExpression {
  return { kind: ['array', 'object'].includes(name) ? 'primitive' : 'named', name };
}

function readTypeProperties(parts: readonly Node[]): ReadonlyMap<string, TypeExpression> {
  const pairs = parts
    .filter(({ type }) => type === 'object_property')
    .map(namedParts)
    .filter(([key]) => key?.type !== 'decorators');
  return new Map(pairs.map(([key, type]) => [key?.text ?? '', readType(type)]));
}
