import type { Place } from './template-error.ts';
import type { Value } from './values.ts';

/** A parsed template: its body and the templates it defines. */
export interface Template {
  readonly body: readonly TemplateNode[];
  readonly definitions: ReadonlyMap<string, readonly TemplateNode[]>;
}

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipe: Pipe }
  | { readonly kind: 'if' | 'with'; readonly pipe: Pipe; readonly then: Body; readonly otherwise: Body }
  | { readonly kind: 'range'; readonly pipe: Pipe; readonly then: Body; readonly otherwise: Body }
  | { readonly kind: 'template'; readonly name: string; readonly pipe: Pipe | undefined; readonly at: Place }
  | { readonly kind: 'break' | 'continue' };

type Body = readonly TemplateNode[];

/** `$a, $b := command | command`. */
export interface Pipe {
  readonly at: Place;
  readonly variables: readonly string[];
  /** `=` instead of `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export interface Command {
  readonly at: Place;
  readonly operands: readonly Operand[];
}

export type Operand =
  | { readonly kind: 'literal'; readonly value: Value; readonly at: Place }
  | { readonly kind: 'nil'; readonly at: Place }
  | { readonly kind: 'dot'; readonly at: Place }
  /** `.A.B` */
  | { readonly kind: 'field'; readonly path: readonly string[]; readonly at: Place }
  /** `$x.A.B`; `$` is the data the template was run with. */
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[]; readonly at: Place }
  | { readonly kind: 'function'; readonly name: string; readonly at: Place }
  | { readonly kind: 'pipe'; readonly pipe: Pipe; readonly at: Place }
  /** `(…).A.B` */
  | { readonly kind: 'chain'; readonly of: Operand; readonly path: readonly string[]; readonly at: Place };
