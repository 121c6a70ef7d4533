import { lexTemplate, type Token } from './lexer.ts';
import { type Place, TemplateError } from './template-error.ts';
import type { Command, Operand, Pipe, Template, TemplateNode } from './tree.ts';

export interface ParseOptions {
  /** The functions that may be called; a call of another is an error at parse time, as in Go. */
  readonly functions: ReadonlySet<string>;
  /** Variables that stand before the template's own, with their `$`. */
  readonly variables?: readonly string[];
}

const DEEPEST_TEMPLATE = 100;
const LONGEST_TEMPLATE = 256 * 1024;

/**
 * Reads a template in Go's text/template language: actions, pipelines, variables, if / range / with, define / template / block,
 * break / continue, trim marks, comments.
 * @throws TemplateError with line and column: syntax, an unknown function or variable, nesting beyond 100.
 */
export function parseTemplate(text: string, options: ParseOptions): Template {
  if (text.length > LONGEST_TEMPLATE) {
    throw new TemplateError({ line: 1, col: 1 }, `template longer than ${LONGEST_TEMPLATE} characters`);
  }
  return new Parser(lexTemplate(text), options).run();
}

/** How a list of nodes ended. */
type Ending = 'end' | 'else' | 'file';

class Parser {
  readonly #tokens: readonly Token[];
  readonly #options: ParseOptions;
  readonly #definitions = new Map<string, readonly TemplateNode[]>();
  #variables: string[];
  #index = 0;
  #depth = 0;
  #loops = 0;

  constructor(tokens: readonly Token[], options: ParseOptions) {
    this.#tokens = tokens;
    this.#options = options;
    this.#variables = ['$', ...(options.variables ?? [])];
  }

  run(): Template {
    const { nodes, ending, at } = this.#nodes();
    if (ending !== 'file') throw new TemplateError(at, `unexpected {{${ending}}}`);
    return { body: nodes, definitions: this.#definitions };
  }

  #peek(): Token {
    const token = this.#tokens[Math.min(this.#index, this.#tokens.length - 1)];
    if (!token) throw new TemplateError({ line: 1, col: 1 }, 'empty template');
    return token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#index += 1;
    return token;
  }

  #isMark(text: string): boolean {
    const token = this.#peek();
    return token.kind === 'mark' && token.text === text;
  }

  #deeper<T>(at: Place, parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEEPEST_TEMPLATE) throw new TemplateError(at, `nested deeper than ${DEEPEST_TEMPLATE}`);
    const result = parse();
    this.#depth -= 1;
    return result;
  }

  #nodes(): { nodes: TemplateNode[]; ending: Ending; at: Place } {
    const nodes: TemplateNode[] = [];
    for (;;) {
      const token = this.#next();
      if (token.kind === 'end') return { nodes, ending: 'file', at: token.at };
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const word = this.#peek();
      if (word.kind === 'word' && (word.text === 'end' || word.text === 'else')) {
        this.#next();
        if (word.text === 'end') this.#close('end');
        return { nodes, ending: word.text, at: word.at };
      }
      const node = this.#deeper(token.at, () => this.#action());
      if (node) nodes.push(node);
    }
  }

  #close(after: string): void {
    const token = this.#next();
    if (token.kind !== 'close') throw new TemplateError(token.at, `unexpected ${describe(token)} in ${after}`);
  }

  #action(): TemplateNode | undefined {
    const token = this.#peek();
    if (token.kind !== 'word') return this.#plainAction();
    switch (token.text) {
      case 'if':
      case 'with':
      case 'range':
        this.#next();
        return this.#block(token.text);
      case 'define':
        this.#next();
        this.#define();
        return undefined;
      case 'template':
        this.#next();
        return this.#template(token.at);
      case 'block':
        this.#next();
        return this.#inlineBlock(token.at);
      case 'break':
      case 'continue':
        this.#next();
        if (this.#loops === 0) throw new TemplateError(token.at, `{{${token.text}}} outside {{range}}`);
        this.#close(token.text);
        return { kind: token.text };
      default:
        return this.#plainAction();
    }
  }

  #plainAction(): TemplateNode {
    const pipe = this.#pipe('action', 'close');
    return { kind: 'action', pipe };
  }

  #block(kind: 'if' | 'with' | 'range'): TemplateNode {
    const before = this.#variables.length;
    const pipe = this.#pipe(kind, 'close');
    if (kind === 'range') this.#loops += 1;
    const body = this.#nodes();
    if (kind === 'range') this.#loops -= 1;
    let otherwise: readonly TemplateNode[] = [];
    if (body.ending === 'else') otherwise = this.#otherwise(kind, body.at);
    else if (body.ending === 'file') throw new TemplateError(pipe.at, `{{${kind}}} without {{end}}`);
    this.#variables.length = before;
    return { kind, pipe, then: body.nodes, otherwise };
  }

  /** After `else`: either `if …` / `with …`, which shares the outer `end`, or the rest up to `end`. */
  #otherwise(kind: string, at: Place): readonly TemplateNode[] {
    const token = this.#peek();
    if (token.kind === 'word' && token.text === kind && (kind === 'if' || kind === 'with')) {
      this.#next();
      return this.#deeper(token.at, () => [this.#block(kind)]);
    }
    this.#close('else');
    const rest = this.#nodes();
    if (rest.ending === 'else') throw new TemplateError(rest.at, 'expected {{end}}; found {{else}}');
    if (rest.ending === 'file') throw new TemplateError(at, `{{${kind}}} without {{end}}`);
    return rest.nodes;
  }

  #name(after: string): string {
    const token = this.#next();
    if (token.kind !== 'literal' || typeof token.value !== 'string') {
      throw new TemplateError(token.at, `unexpected ${describe(token)} in ${after}; expected a name in quotes`);
    }
    return token.value;
  }

  /** The body of a definition: it sees only `$`, not the variables around it. */
  #definition(name: string, at: Place): void {
    const outer = this.#variables;
    const loops = this.#loops;
    this.#variables = ['$'];
    this.#loops = 0;
    const body = this.#nodes();
    if (body.ending !== 'end') throw new TemplateError(at, `{{define ${JSON.stringify(name)}}} without {{end}}`);
    this.#variables = outer;
    this.#loops = loops;
    this.#definitions.set(name, body.nodes);
  }

  #define(): void {
    const { at } = this.#peek();
    const name = this.#name('define clause');
    this.#close('define clause');
    this.#definition(name, at);
  }

  #template(at: Place): TemplateNode {
    const name = this.#name('template clause');
    if (this.#peek().kind === 'close') {
      this.#next();
      return { kind: 'template', name, pipe: undefined, at };
    }
    return { kind: 'template', name, pipe: this.#pipe('template clause', 'close'), at };
  }

  #inlineBlock(at: Place): TemplateNode {
    const name = this.#name('block clause');
    const pipe = this.#pipe('block clause', 'close');
    this.#definition(name, at);
    return { kind: 'template', name, pipe, at };
  }

  #pipe(context: string, closing: 'close' | ')'): Pipe {
    const { at } = this.#peek();
    const { variables, assigns } = this.#declaration(context);
    const commands: Command[] = [];
    for (;;) {
      const token = this.#peek();
      const closes = closing === 'close' ? token.kind === 'close' : this.#isMark(')');
      if (closes) {
        if (commands.length === 0) throw new TemplateError(token.at, `missing value for ${context}`);
        this.#next();
        break;
      }
      commands.push(this.#command(context, commands.length > 0));
      // As in Go, a bar that nothing follows is no mistake.
      if (this.#isMark('|')) this.#next();
    }
    if (!assigns) this.#variables.push(...variables);
    return { at, variables, assigns, commands };
  }

  #declaration(context: string): { variables: string[]; assigns: boolean } {
    const [first, second, third, fourth] = this.#tokens.slice(this.#index, this.#index + 4);
    if (first?.kind !== 'variable' || second?.kind !== 'mark') return { variables: [], assigns: false };
    if (second.text === ':=' || second.text === '=') {
      this.#index += 2;
      return this.#declared([first.text], second.text === '=', first.at);
    }
    if (context === 'range' && second.text === ',' && third?.kind === 'variable' && fourth?.kind === 'mark') {
      if (fourth.text === ':=' || fourth.text === '=') {
        this.#index += 4;
        return this.#declared([first.text, third.text], fourth.text === '=', first.at);
      }
    }
    return { variables: [], assigns: false };
  }

  #declared(variables: string[], assigns: boolean, at: Place): { variables: string[]; assigns: boolean } {
    if (assigns) for (const name of variables) this.#known(name, at);
    return { variables, assigns };
  }

  #known(name: string, at: Place): void {
    if (!this.#variables.includes(name)) throw new TemplateError(at, `undefined variable ${JSON.stringify(name)}`);
  }

  #command(context: string, piped: boolean): Command {
    const { at } = this.#peek();
    const operands: Operand[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'close' || this.#isMark(')') || this.#isMark('|')) {
        if (operands.length === 0) throw new TemplateError(at, `unexpected ${describe(token)} in ${context}`);
        break;
      }
      if (operands.length > 0 && token.adjacent) {
        throw new TemplateError(token.at, `unexpected ${describe(token)} in ${context}`);
      }
      operands.push(this.#operand(context));
    }
    const [first] = operands;
    if (!first) throw new TemplateError(at, `empty command in ${context}`);
    const callable =
      first.kind === 'function' || first.kind === 'field' || first.kind === 'variable' || first.kind === 'chain';
    if (piped && !callable) throw new TemplateError(at, `non executable command in pipeline stage`);
    return { at, operands };
  }

  #operand(context: string): Operand {
    const operand = this.#term(context);
    const path: string[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind !== 'field' || !token.adjacent) break;
      path.push(token.text);
      this.#next();
    }
    if (path.length === 0) return operand;
    switch (operand.kind) {
      case 'field':
      case 'variable':
        return { ...operand, path: [...operand.path, ...path] };
      case 'literal':
      case 'nil':
      case 'dot':
        throw new TemplateError(operand.at, 'unexpected . after a constant');
      case 'function':
      case 'pipe':
      case 'chain':
        return { kind: 'chain', of: operand, path, at: operand.at };
    }
  }

  #term(context: string): Operand {
    const token = this.#next();
    const { at } = token;
    switch (token.kind) {
      case 'literal':
        return { kind: 'literal', value: token.value, at };
      case 'field':
        return { kind: 'field', path: [token.text], at };
      case 'variable':
        this.#known(token.text, at);
        return { kind: 'variable', name: token.text, path: [], at };
      case 'word':
        return this.#word(token.text, at);
      case 'mark':
        if (token.text === '.') return { kind: 'dot', at };
        if (token.text === '(') {
          const pipe = this.#deeper(at, () => this.#pipe('parenthesized pipeline', ')'));
          return { kind: 'pipe', pipe, at };
        }
        break;
      case 'text':
      case 'open':
      case 'close':
      case 'end':
        break;
    }
    throw new TemplateError(at, `unexpected ${describe(token)} in ${context}`);
  }

  #word(text: string, at: Place): Operand {
    switch (text) {
      case 'true':
      case 'false':
        return { kind: 'literal', value: text === 'true', at };
      case 'nil':
        return { kind: 'nil', at };
      default:
        if (!this.#options.functions.has(text))
          throw new TemplateError(at, `function ${JSON.stringify(text)} not defined`);
        return { kind: 'function', name: text, at };
    }
  }
}

function describe(token: Token): string {
  switch (token.kind) {
    case 'mark':
    case 'word':
    case 'variable':
      return JSON.stringify(token.text);
    case 'field':
      return JSON.stringify(`.${token.text}`);
    case 'literal':
      return token.text;
    case 'close':
      return '"}}"';
    case 'open':
      return '"{{"';
    case 'text':
    case 'end':
      return 'end of template';
  }
}
