import { miscounted } from './arity.ts';
import { BUILTINS } from './builtin.ts';
import { printValue } from './print.ts';
import { FunctionError, type Place, TemplateError } from './template-error.ts';
import { timeMember } from './time-members.ts';
import type { Command, Operand, Pipe, Template, TemplateNode } from './tree.ts';
import { isTrue, kindOf, type Method, type Value } from './values.ts';

/** A template function. It says what is wrong by throwing a FunctionError; the place is added here. */
export type TemplateFunction = (...args: Value[]) => Value;

/** Functions by name, beside Go's own (`printf`, `eq`, `index`, …), which every template has. */
export type Functions = ReadonlyMap<string, TemplateFunction>;

/** What one run may use up; a template that needs more fails. */
export interface TemplateLimits {
  readonly outputChars: number;
  readonly steps: number;
  /** Nested `template` calls. */
  readonly depth: number;
}

export const DEFAULT_LIMITS: TemplateLimits = { outputChars: 64 * 1024, steps: 20_000, depth: 20 };

export interface ExecuteOptions {
  readonly functions: Functions;
  /** Values of the variables named at parse time, with their `$`. */
  readonly variables?: Readonly<Record<string, Value>>;
  /** Templates defined elsewhere (`templates:` files), beside this one's own. */
  readonly definitions?: ReadonlyMap<string, readonly TemplateNode[]>;
  readonly limits?: TemplateLimits;
  /** Applied to everything an action writes but to texts that stand in the template itself. */
  readonly escape?: (text: string) => string;
}

/**
 * Runs a template. Text inside the data is only ever copied: `{{` in a label value is not read as a template.
 * @throws TemplateError with the place: unknown field, wrong argument, limits.
 */
export function execute(template: Template, data: Value, options: ExecuteOptions): string {
  return new Execution(template, data, options).run();
}

/** The names a template may call. */
export function functionNames(functions: Functions): ReadonlySet<string> {
  return new Set([...BUILTINS.keys(), 'and', 'or', ...functions.keys()]);
}

interface Variable {
  readonly name: string;
  value: Value;
}

type Flow = 'next' | 'break' | 'continue';

class Execution {
  readonly #template: Template;
  readonly #data: Value;
  readonly #options: ExecuteOptions;
  readonly #limits: TemplateLimits;
  #variables: Variable[];
  #output = '';
  #steps = 0;
  #depth = 0;

  constructor(template: Template, data: Value, options: ExecuteOptions) {
    this.#template = template;
    this.#data = data;
    this.#options = options;
    this.#limits = options.limits ?? DEFAULT_LIMITS;
    const given = Object.entries(options.variables ?? {});
    this.#variables = [{ name: '$', value: data }, ...given.map(([name, value]) => ({ name, value }))];
  }

  run(): string {
    this.#nodes(this.#template.body, this.#data);
    return this.#output;
  }

  #step(at: Place): void {
    this.#steps += 1;
    if (this.#steps > this.#limits.steps) throw new TemplateError(at, `takes more than ${this.#limits.steps} steps`);
  }

  #write(text: string, at: Place): void {
    if (this.#output.length + text.length > this.#limits.outputChars) {
      throw new TemplateError(at, `writes more than ${this.#limits.outputChars} characters`);
    }
    this.#output += text;
  }

  #written(pipe: Pipe, value: Value): string {
    const text = printValue(value);
    const { escape } = this.#options;
    return escape === undefined || isLiteral(pipe) ? text : escape(text);
  }

  #nodes(nodes: readonly TemplateNode[], dot: Value): Flow {
    for (const node of nodes) {
      const flow = this.#node(node, dot);
      if (flow !== 'next') return flow;
    }
    return 'next';
  }

  #node(node: TemplateNode, dot: Value): Flow {
    switch (node.kind) {
      case 'text':
        this.#write(node.text, { line: 1, col: 1 });
        return 'next';
      case 'action': {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.variables.length === 0) this.#write(this.#written(node.pipe, value), node.pipe.at);
        return 'next';
      }
      case 'if':
      case 'with':
        return this.#scoped(() => {
          const value = this.#pipe(node.pipe, dot);
          const inner = node.kind === 'with' && isTrue(value) ? value : dot;
          return this.#nodes(isTrue(value) ? node.then : node.otherwise, inner);
        });
      case 'range':
        return this.#scoped(() => this.#range(node, dot));
      case 'template':
        this.#call(node, dot);
        return 'next';
      case 'break':
      case 'continue':
        return node.kind;
    }
  }

  #scoped(run: () => Flow): Flow {
    const before = this.#variables.length;
    const flow = run();
    this.#variables.length = before;
    return flow;
  }

  #range(node: TemplateNode & { kind: 'range' }, dot: Value): Flow {
    const over = this.#commands(node.pipe, dot);
    const pairs = this.#pairs(over, node.pipe.at);
    if (pairs.length === 0) return this.#nodes(node.otherwise, dot);
    const before = this.#variables.length;
    for (const [key, value] of pairs) {
      this.#step(node.pipe.at);
      this.#variables.length = before;
      const [first, second] = node.pipe.variables;
      if (first !== undefined) this.#set(node.pipe, first, second === undefined ? value : key);
      if (second !== undefined) this.#set(node.pipe, second, value);
      const flow = this.#nodes(node.then, value);
      if (flow === 'break') break;
    }
    return 'next';
  }

  /** Key and value of everything a range goes over, maps in key order. */
  #pairs(over: Value, at: Place): readonly (readonly [Value, Value])[] {
    if (over === undefined) return [];
    if (typeof over === 'bigint') {
      if (over > BigInt(this.#limits.steps)) throw new TemplateError(at, `takes more than ${this.#limits.steps} steps`);
      return Array.from({ length: Math.max(0, Number(over)) }, (_, i) => [BigInt(i), BigInt(i)] as const);
    }
    if (typeof over === 'object' && over.kind === 'list')
      return over.items.map((item, i) => [BigInt(i), item] as const);
    if (typeof over === 'object' && over.kind === 'map') {
      return [...over.entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    }
    throw new TemplateError(at, `range can't iterate over ${kindOf(over)}`);
  }

  #call(node: TemplateNode & { kind: 'template' }, dot: Value): void {
    const body = this.#template.definitions.get(node.name) ?? this.#options.definitions?.get(node.name);
    if (!body) throw new TemplateError(node.at, `template ${JSON.stringify(node.name)} not defined`);
    const data = node.pipe ? this.#pipe(node.pipe, dot) : undefined;
    this.#step(node.at);
    this.#depth += 1;
    if (this.#depth > this.#limits.depth) {
      throw new TemplateError(node.at, `templates call each other deeper than ${this.#limits.depth}`);
    }
    const outer = this.#variables;
    this.#variables = [{ name: '$', value: data }];
    this.#nodes(body, data);
    this.#variables = outer;
    this.#depth -= 1;
  }

  #set(pipe: Pipe, name: string, value: Value): void {
    if (!pipe.assigns) {
      this.#variables.push({ name, value });
      return;
    }
    const known = this.#variables.findLast((variable) => variable.name === name);
    if (!known) throw new TemplateError(pipe.at, `undefined variable ${JSON.stringify(name)}`);
    known.value = value;
  }

  #pipe(pipe: Pipe, dot: Value): Value {
    const value = this.#commands(pipe, dot);
    for (const name of pipe.variables) this.#set(pipe, name, value);
    return value;
  }

  #commands(pipe: Pipe, dot: Value): Value {
    let value: Value;
    for (const [index, command] of pipe.commands.entries()) {
      this.#step(command.at);
      value = this.#command(command, dot, index === 0 ? [] : [value]);
    }
    return value;
  }

  #command(command: Command, dot: Value, piped: readonly Value[]): Value {
    const [first, ...rest] = command.operands;
    if (!first) return undefined;
    if (first.kind === 'function') return this.#function(first.name, rest, piped, { at: first.at, dot });
    const args = (): Value[] => [...rest.map((operand) => this.#operand(operand, dot)), ...piped];
    switch (first.kind) {
      case 'field':
        return this.#path(dot, first.path, args, first.at);
      case 'variable':
        if (first.path.length > 0) return this.#path(this.#variable(first), first.path, args, first.at);
        break;
      case 'chain':
        return this.#path(this.#operand(first.of, dot), first.path, args, first.at);
      case 'nil':
        throw new TemplateError(first.at, 'nil is not a command');
      case 'literal':
      case 'dot':
      case 'pipe':
        break;
    }
    if (rest.length > 0 || piped.length > 0) throw new TemplateError(first.at, "can't give argument to non-function");
    return this.#operand(first, dot);
  }

  #operand(operand: Operand, dot: Value): Value {
    const none = (): Value[] => [];
    switch (operand.kind) {
      case 'literal':
        return operand.value;
      case 'nil':
        return undefined;
      case 'dot':
        return dot;
      case 'field':
        return this.#path(dot, operand.path, none, operand.at);
      case 'variable':
        return this.#path(this.#variable(operand), operand.path, none, operand.at);
      case 'function':
        return this.#function(operand.name, [], [], { at: operand.at, dot });
      case 'pipe':
        return this.#pipe(operand.pipe, dot);
      case 'chain':
        return this.#path(this.#operand(operand.of, dot), operand.path, none, operand.at);
    }
  }

  #variable(operand: Operand & { kind: 'variable' }): Value {
    const found = this.#variables.findLast((variable) => variable.name === operand.name);
    if (!found) throw new TemplateError(operand.at, `undefined variable ${JSON.stringify(operand.name)}`);
    return found.value;
  }

  #path(start: Value, path: readonly string[], args: () => Value[], at: Place): Value {
    let value = start;
    for (const [index, name] of path.entries()) {
      const given = index === path.length - 1 ? args() : [];
      value = this.#guard(at, name, () => member(value, name, given));
    }
    return value;
  }

  #function(name: string, rest: readonly Operand[], piped: readonly Value[], where: { at: Place; dot: Value }): Value {
    this.#step(where.at);
    if (name === 'and' || name === 'or') return this.#logic(name, rest, piped, where);
    const fn = this.#options.functions.get(name) ?? BUILTINS.get(name);
    if (!fn) throw new TemplateError(where.at, `function ${JSON.stringify(name)} not defined`);
    const args = [...rest.map((operand) => this.#operand(operand, where.dot)), ...piped];
    const miscount = miscounted(name, fn, args.length);
    if (miscount !== undefined) throw new TemplateError(where.at, miscount);
    return this.#guard(where.at, name, () => fn(...args));
  }

  /** Short-circuit: `and` stops at the first false argument, `or` at the first true one. */
  #logic(
    name: 'and' | 'or',
    rest: readonly Operand[],
    piped: readonly Value[],
    where: { at: Place; dot: Value },
  ): Value {
    if (rest.length + piped.length === 0) {
      throw new TemplateError(where.at, `wrong number of args for ${name}: want at least 1 got 0`);
    }
    let value: Value;
    for (const operand of rest) {
      value = this.#operand(operand, where.dot);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return piped.length > 0 ? piped[0] : value;
  }

  #guard(at: Place, name: string, run: () => Value): Value {
    try {
      return run();
    } catch (error) {
      if (error instanceof FunctionError) throw new TemplateError(at, `error calling ${name}: ${error.message}`);
      throw error;
    }
  }
}

/** `{{ "as it stands" }}`. */
function isLiteral({ commands: [command, ...more] }: Pipe): boolean {
  return more.length === 0 && command?.operands.length === 1 && command.operands[0]?.kind === 'literal';
}

/** What `.name` is of a value: a method, a field, or a map's entry. */
function member(value: Value, name: string, args: readonly Value[]): Value {
  if (typeof value === 'object') {
    switch (value.kind) {
      case 'map': {
        const found = value.methods?.get(name);
        if (found) return found.call(args);
        noArguments(name, args);
        return value.entries.has(name) ? value.entries.get(name) : value.missing;
      }
      case 'list': {
        const found = value.methods?.get(name);
        if (found) return found.call(args);
        break;
      }
      case 'struct': {
        const found = value.fields.get(name);
        if (isMethod(found)) return found.call(args);
        if (value.fields.has(name)) {
          noArguments(name, args);
          return found;
        }
        break;
      }
      case 'time':
      case 'duration': {
        const found = timeMember(value, name);
        if (found) return found(args);
        break;
      }
    }
  }
  if (value === undefined) throw new FunctionError(`nil data; no entry for key ${JSON.stringify(name)}`);
  throw new FunctionError(`can't evaluate field ${name} in type ${kindOf(value)}`);
}

function isMethod(found: Value | Method): found is Method {
  return typeof found === 'object' && found.kind === 'method';
}

function noArguments(name: string, args: readonly Value[]): void {
  if (args.length > 0) throw new FunctionError(`${name} has arguments but cannot be invoked as function`);
}
