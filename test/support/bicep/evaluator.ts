import { BicepFault, type Expression } from './syntax.js';
import {
  callFunction,
  isList,
  isObject,
  textOf,
  type Place,
  type Value,
  type ValueObject,
} from './values.js';

/** Something whose condition did not hold is named by something that is there. */
class Absent extends BicepFault {}

type Locals = ReadonlyMap<string, Value>;
const none: Locals = new Map();

/** Gives expressions their value. Names are bound to thunks, evaluated once when they are first asked for. */
export class Evaluator {
  readonly #place: Place;
  readonly #loadText: (path: string) => string;
  readonly #thunks = new Map<string, () => Value>();
  readonly #values = new Map<string, Value>();
  readonly #open = new Set<string>();

  constructor(place: Place, loadText: (path: string) => string) {
    this.#place = place;
    this.#loadText = loadText;
  }

  bind(name: string, thunk: () => Value): void {
    if (this.#thunks.has(name)) throw new BicepFault(`${name} is declared twice`);
    this.#thunks.set(name, thunk);
  }

  lookup(name: string): Value {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const thunk = this.#thunks.get(name);
    if (thunk === undefined) throw new BicepFault(`${name} is not declared`);
    if (this.#open.has(name)) throw new BicepFault(`${name} depends on itself`);
    this.#open.add(name);
    try {
      const value = thunk();
      this.#values.set(name, value);
      return value;
    } finally {
      this.#open.delete(name);
    }
  }

  /** Evaluates what is declared, unless its condition does not hold. */
  attempt(name: string): void {
    try {
      this.lookup(name);
    } catch (error) {
      if (!(error instanceof Absent) || error.message !== absence(name)) throw error;
    }
  }

  /** The body of a resource or module, once or for each item of its loop; throws when its condition does not hold. */
  each(symbol: string, body: Expression, make: (evaluate: () => ValueObject) => Value, locals = none): Value {
    if (body.kind === 'for') {
      const over = this.evaluate(body.over, locals);
      if (!isList(over)) throw new BicepFault(`${symbol} loops over something that is not an array`);
      return over.flatMap((item, index) => {
        const inner = new Map([...locals, [body.item, item]]);
        if (body.index !== undefined) inner.set(body.index, index);
        try {
          return [this.each(symbol, body.body, make, inner)];
        } catch (error) {
          if (error instanceof Absent && error.message === absence(symbol)) return [];
          throw error;
        }
      });
    }
    if (body.kind === 'if') {
      if (this.evaluate(body.condition, locals) !== true) throw new Absent(absence(symbol));
      return this.each(symbol, body.body, make, locals);
    }
    return make(() => this.#body(body, locals));
  }

  #body(body: Expression, locals: Locals): ValueObject {
    if (body.kind !== 'object') throw new BicepFault('a body is an object');
    // What is merely waited for may be absent.
    const properties = body.properties.filter(
      ({ key }) => !(key.kind === 'literal' && key.value === 'dependsOn'),
    );
    const value = this.evaluate({ ...body, properties }, locals);
    return isObject(value) ? value : {};
  }

  evaluate(expression: Expression | undefined, locals: Locals = none): Value {
    switch (expression?.kind) {
      case 'literal':
        return expression.value;
      case 'template':
        return expression.parts.map((part) => textOf(this.evaluate(part, locals))).join('');
      case 'name':
        return locals.get(expression.name) ?? this.lookup(expression.name);
      case 'array':
        return expression.items.map((item) => this.evaluate(item, locals));
      case 'object':
        return Object.fromEntries(
          expression.properties.map(({ key, value }) => [
            textOf(this.evaluate(key, locals)),
            this.evaluate(value, locals),
          ]),
        );
      case 'not':
        return this.evaluate(expression.of, locals) !== true;
      case 'ternary':
        return this.evaluate(expression.condition, locals) === true
          ? this.evaluate(expression.then, locals)
          : this.evaluate(expression.otherwise, locals);
      default:
        return this.#operation(expression, locals);
    }
  }

  #operation(expression: Expression | undefined, locals: Locals): Value {
    switch (expression?.kind) {
      case 'binary':
        return this.#binary(expression, locals);
      case 'member':
        return member(this.evaluate(expression.of, locals), expression.name, expression.safe);
      case 'index': {
        const list = this.evaluate(expression.of, locals);
        const item = isList(list) ? list[Number(this.evaluate(expression.at, locals))] : undefined;
        if (item === undefined) throw new BicepFault('an index outside its array');
        return item;
      }
      case 'nested':
        return this.lookup(nestedName(expression));
      case 'call':
        return this.#call(expression, locals);
      default:
        throw new BicepFault(`${expression?.kind ?? 'nothing'} has no value here`);
    }
  }

  #binary({ operator, left, right }: Extract<Expression, { kind: 'binary' }>, locals: Locals): Value {
    const first = this.evaluate(left, locals);
    const second = (): Value => this.evaluate(right, locals);
    switch (operator) {
      case '??':
        return first ?? second();
      case '&&':
        return first === true && second() === true;
      case '||':
        return first === true || second() === true;
      case '==':
        return JSON.stringify(first) === JSON.stringify(second());
      case '>':
        return Number(first) > Number(second());
      case '+':
        return Number(first) + Number(second());
      default:
        throw new BicepFault(`the operator ${operator} is not known`);
    }
  }

  #call({ name, args }: Extract<Expression, { kind: 'call' }>, locals: Locals): Value {
    const [first, second] = args;
    if (name === 'loadTextContent') return this.#loadText(textOf(this.evaluate(first, locals)));
    if (second?.kind === 'lambda') {
      const list = this.evaluate(first, locals);
      if (!isList(list)) throw new BicepFault(`${name} of something that is not an array`);
      const apply = (item: Value): Value =>
        this.evaluate(second.body, new Map([...locals, [second.parameter, item]]));
      return name === 'filter' ? list.filter((item) => apply(item) === true) : list.map(apply);
    }
    return callFunction(
      name,
      args.map((arg) => this.evaluate(arg, locals)),
      this.#place,
    );
  }
}

const absence = (symbol: string): string => `${symbol} does not exist under these conditions`;

function nestedName(expression: Expression): string {
  if (expression.kind === 'name') return expression.name;
  if (expression.kind === 'nested') return `${nestedName(expression.of)}::${expression.name}`;
  throw new BicepFault('`::` follows a name');
}

function member(of: Value, name: string, safe: boolean): Value {
  const value = isObject(of) && Object.hasOwn(of, name) ? of[name] : undefined;
  if (value === undefined && !safe) throw new BicepFault(`there is no ${name} here`);
  return value ?? null;
}
