import { createRequire } from 'node:module';
import { Language, Parser, type Node } from 'web-tree-sitter';
import { readExpression, readResource, readType } from './expressions.js';
import {
  BicepFault,
  type BicepFile,
  type Decorators,
  type Expression,
  type ModuleDeclaration,
  type OutputDeclaration,
  type ParameterDeclaration,
  type ResourceDeclaration,
  type TypeExpression,
} from './syntax.js';

await Parser.init();
const parser = new Parser();
const require = createRequire(import.meta.url);
parser.setLanguage(await Language.load(require.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm')));

const known = new Map<string, BicepFile>();

/** Reads a template, each text once. Throws `BicepFault` with the line of the first thing that is not Bicep. */
export function parseBicep(text: string): BicepFile {
  const file = known.get(text) ?? parsed(text);
  known.set(text, file);
  return file;
}

function parsed(text: string): BicepFile {
  const tree = parser.parse(text);
  if (tree === null) throw new BicepFault('not parsed');
  const fault = firstFault(tree.rootNode);
  if (fault !== undefined) {
    throw new BicepFault(
      `line ${String(fault.startPosition.row + 1)} is not Bicep: ${fault.text.slice(0, 60)}`,
    );
  }
  const file = emptyFile();
  let decorators: Decorators = new Map();
  for (const node of tree.rootNode.namedChildren) {
    if (node.type === 'decorators') {
      decorators = readDecorators(node);
    } else if (node.type !== 'comment') {
      declare(file, node, decorators);
      decorators = new Map();
    }
  }
  tree.delete();
  return file;
}

interface Draft extends BicepFile {
  targetScope: string;
  readonly imports: { names: readonly string[]; path: string }[];
  readonly types: Map<string, TypeExpression>;
  readonly parameters: ParameterDeclaration[];
  readonly variables: Map<string, Expression>;
  readonly resources: ResourceDeclaration[];
  readonly modules: ModuleDeclaration[];
  readonly outputs: OutputDeclaration[];
}

function emptyFile(): Draft {
  return {
    targetScope: 'resourceGroup',
    imports: [],
    types: new Map(),
    parameters: [],
    variables: new Map(),
    resources: [],
    modules: [],
    outputs: [],
  };
}

function firstFault(node: Node): Node | undefined {
  if (node.isError || node.isMissing) return node;
  if (!node.hasError) return undefined;
  return node.children.map(firstFault).find((fault) => fault !== undefined) ?? node;
}

function readDecorators(node: Node): Decorators {
  const calls = node.namedChildren.map((decorator) => readExpression(named(decorator)[0]));
  return new Map(
    calls.map((call) => {
      if (call.kind !== 'call') throw new BicepFault('a decorator is a call');
      return [call.name, call.args];
    }),
  );
}

const named = (node: Node): Node[] => node.namedChildren.filter(({ type }) => type !== 'comment');

function declare(file: Draft, node: Node, decorators: Decorators): void {
  const parts = named(node);
  const name = parts[0]?.text ?? '';
  const last = readLast(node, parts);
  switch (node.type) {
    case 'target_scope_assignment':
      file.targetScope = literalText(last());
      break;
    case 'import_functionality':
      file.imports.push({ names: parts.slice(0, -1).map(({ text }) => text), path: literalText(last()) });
      break;
    case 'type_declaration':
      file.types.set(name, readType(parts.at(-1)));
      break;
    case 'parameter_declaration': {
      const fallback = parts.length > 2 ? { fallback: last() } : {};
      file.parameters.push({ name, type: readType(parts[1]), decorators, ...fallback });
      break;
    }
    case 'variable_declaration':
      file.variables.set(name, last());
      break;
    case 'resource_declaration':
      file.resources.push(readResource(node));
      break;
    case 'module_declaration':
      file.modules.push({ symbol: name, path: literalText(readExpression(parts[1])), body: last() });
      break;
    case 'output_declaration':
      file.outputs.push({ name, value: last(), decorators });
      break;
    default:
      throw new BicepFault(`${node.type} is not used here`);
  }
}

function readLast(node: Node, parts: readonly Node[]): () => Expression {
  return () => {
    const last = parts.at(-1);
    if (last === undefined) throw new BicepFault(`an empty ${node.type}`);
    return readExpression(last);
  };
}

function literalText(expression: Expression): string {
  if (expression.kind === 'literal' && typeof expression.value === 'string') return expression.value;
  throw new BicepFault('a plain string is expected');
}
