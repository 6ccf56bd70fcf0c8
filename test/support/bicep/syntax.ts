/** What a template says, without its punctuation. Only the forms that ours use; others fail to parse. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'template'; readonly parts: readonly Expression[] }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'member'; readonly of: Expression; readonly name: string; readonly safe: boolean }
  | { readonly kind: 'index'; readonly of: Expression; readonly at: Expression }
  | { readonly kind: 'nested'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'ternary';
      readonly condition: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    }
  | { readonly kind: 'lambda'; readonly parameter: string; readonly body: Expression }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | ObjectExpression
  | {
      readonly kind: 'for';
      readonly item: string;
      readonly index?: string;
      readonly over: Expression;
      readonly body: Expression;
    }
  | { readonly kind: 'if'; readonly condition: Expression; readonly body: Expression };

export interface ObjectExpression {
  readonly kind: 'object';
  readonly properties: readonly { readonly key: Expression; readonly value: Expression }[];
  readonly resources: readonly ResourceDeclaration[];
}

export type TypeExpression =
  | { readonly kind: 'primitive'; readonly name: string }
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'array'; readonly of: TypeExpression }
  | { readonly kind: 'nullable'; readonly of: TypeExpression }
  | { readonly kind: 'union'; readonly texts: readonly string[] }
  | { readonly kind: 'object'; readonly properties: ReadonlyMap<string, TypeExpression> };

/** Names of decorators with the text of their arguments. */
export type Decorators = ReadonlyMap<string, readonly Expression[]>;

export interface ParameterDeclaration {
  readonly name: string;
  readonly type: TypeExpression;
  readonly fallback?: Expression;
  readonly decorators: Decorators;
}

export interface ResourceDeclaration {
  readonly symbol: string;
  /** `Type@version`, or the last segment alone for a nested one. */
  readonly type: string;
  readonly existing: boolean;
  readonly body: Expression;
}

export interface ModuleDeclaration {
  readonly symbol: string;
  readonly path: string;
  readonly body: Expression;
}

export interface OutputDeclaration {
  readonly name: string;
  readonly value: Expression;
  readonly decorators: Decorators;
}

export interface BicepFile {
  readonly targetScope: string;
  readonly imports: readonly { readonly names: readonly string[]; readonly path: string }[];
  readonly types: ReadonlyMap<string, TypeExpression>;
  readonly parameters: readonly ParameterDeclaration[];
  readonly variables: ReadonlyMap<string, Expression>;
  readonly resources: readonly ResourceDeclaration[];
  readonly modules: readonly ModuleDeclaration[];
  readonly outputs: readonly OutputDeclaration[];
}

/** A fault of a template, with a sentence about it. */
export class BicepFault extends Error {
  override readonly name = 'BicepFault';
}
