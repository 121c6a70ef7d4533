import { DocumentError, type Position, type Problem } from '../document/position.ts';
import { type Located, readDocument } from '../document/schema.ts';
import { parseYaml, type YamlDocument } from '../document/yaml.ts';
import { fingerprint } from '../labels/fingerprint.ts';
import { Labels } from '../labels/labels.ts';
import type { Expr } from '../promql/ast.ts';
import { ParseError } from '../promql/errors.ts';
import { parseExpr } from '../promql/parser.ts';
import { parseTemplate } from '../template/parser.ts';
import { TemplateError } from '../template/template-error.ts';
import { RULE_FUNCTION_NAMES, RULE_VARIABLES } from './expand.ts';
import type { Rule, RuleGroup, TextTemplate } from './rule.ts';
import { scalarPosition } from './scalar-position.ts';
import { type GroupDraft, RESERVED_KINDS, type RuleDraft, RuleFileSchema } from './schema.ts';

/** A file as it was read: `path` is what messages call it. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

const MOST_RULES = 10_000;

type Path = readonly (string | number)[];

/**
 * Reads Prometheus rule files, all or nothing.
 * @throws DocumentError with every problem of every file: YAML, unknown keys, PromQL and templates at their own line and column,
 * label names, groups named twice in one file.
 */
export function loadRules(files: readonly RuleFile[]): RuleGroup[] {
  const problems: Problem[] = [];
  const groups: RuleGroup[] = [];
  const keys = new Map<string, number>();
  for (const file of files) {
    try {
      groups.push(...new FileLoader(file, keys, problems).run());
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      problems.push(...error.problems);
    }
  }
  const count = groups.reduce((sum, group) => sum + group.rules.length, 0);
  if (count > MOST_RULES) {
    const file = files[0]?.path ?? '';
    problems.push({ severity: 'error', at: { file, line: 1, col: 1 }, message: `more than ${MOST_RULES} rules` });
  }
  if (problems.length > 0) throw new DocumentError(problems);
  return groups;
}

class FileLoader {
  readonly #file: RuleFile;
  readonly #text: string;
  /** How many rules have had the same key so far, over all files. */
  readonly #keys: Map<string, number>;
  readonly #problems: Problem[];
  readonly #yaml: YamlDocument;
  readonly #document: Located<{ groups?: readonly GroupDraft[] | null | undefined }>;

  constructor(file: RuleFile, keys: Map<string, number>, problems: Problem[]) {
    this.#file = file;
    this.#text = file.text.startsWith('\u{feff}') ? file.text.slice(1) : file.text;
    this.#keys = keys;
    this.#problems = problems;
    this.#yaml = parseYaml(file.text, file.path);
    this.#document = readDocument(this.#yaml, RuleFileSchema);
  }

  run(): RuleGroup[] {
    const names = new Set<string>();
    return (this.#document.value.groups ?? []).map((draft, index) => {
      const path: Path = ['groups', index];
      if (names.has(draft.name)) {
        this.#problem([...path, 'name'], `group ${JSON.stringify(draft.name)} is repeated in the same file`);
      }
      names.add(draft.name);
      return this.#group(draft, path);
    });
  }

  #problem(path: Path, message: string, part: 'key' | 'value' = 'value'): void {
    this.#problems.push({ severity: 'error', at: this.#document.at(path, part), message });
  }

  #group(draft: GroupDraft, path: Path): RuleGroup {
    const shared = this.#labels(draft.labels ?? [], [...path, 'labels']);
    const rules: Rule[] = [];
    for (const [index, rule] of (draft.rules ?? []).entries()) {
      const loaded = this.#rule(draft.name, shared, rule, [...path, 'rules', index]);
      if (loaded) rules.push(loaded);
    }
    return {
      name: draft.name,
      file: this.#file.path,
      at: this.#document.at(path),
      // 0 is Prometheus' way of saying nothing.
      intervalMs: draft.interval === 0 ? undefined : draft.interval,
      limit: Math.max(0, draft.limit ?? 0),
      queryOffsetMs: draft.query_offset ?? 0,
      rules,
    };
  }

  #rule(group: string, shared: readonly (readonly [string, string])[], draft: RuleDraft, path: Path): Rule | undefined {
    for (const kind of RESERVED_KINDS) {
      if (draft[kind] === undefined) continue;
      this.#problem(
        [...path, kind],
        `the rule kind \`${kind}\` is not available yet; write the rule as an \`expr\``,
        'key',
      );
      return undefined;
    }
    for (const key of ['objective', 'period', 'errors', 'total'] as const) {
      if (draft[key] !== undefined) this.#problem([...path, key], `\`${key}\` belongs to \`slo\` rules`, 'key');
    }
    const name = this.#name(draft, path);
    if (draft.expr === undefined || draft.expr.trim() === '') {
      this.#problem(draft.expr === undefined ? path : [...path, 'expr'], 'a rule needs an `expr`');
      return undefined;
    }
    const source = this.#written([...path, 'expr'], draft.expr);
    const sourceAt = this.#locate([...path, 'expr'], source);
    const expr = this.#expr(source, sourceAt);
    if (name === undefined || !expr) return undefined;
    const at = this.#document.at([...path, draft.alert === undefined ? 'record' : 'alert']);
    const own = this.#labels(draft.labels ?? [], [...path, 'labels']);
    const overridden = new Set(own.map(([label]) => label));
    const labels = [...shared.filter(([label]) => !overridden.has(label)), ...own];
    if (draft.alert === undefined) {
      return this.#recording({ group, name, source, sourceAt, expr, at }, draft, labels, path);
    }
    return {
      kind: 'alerting',
      key: this.#key(group, 'alert', name, labels),
      name,
      source,
      sourceAt,
      expr,
      forMs: draft.for ?? 0,
      keepFiringForMs: draft.keep_firing_for ?? 0,
      labels: labels.map(([label, text]) => this.#template(label, text, [...path, 'labels', label])),
      annotations: (draft.annotations ?? []).map(([annotation, text]) => {
        const place = [...path, 'annotations', annotation];
        if (annotation === '') this.#problem(place, 'an annotation needs a name', 'key');
        return this.#template(annotation, this.#written(place, text), place);
      }),
      at,
    };
  }

  #recording(
    rule: {
      group: string;
      name: string;
      source: string;
      sourceAt: (offset: number) => Position;
      expr: Expr;
      at: Position;
    },
    draft: RuleDraft,
    labels: readonly (readonly [string, string])[],
    path: Path,
  ): Rule {
    const { group, ...rest } = rule;
    for (const key of ['for', 'keep_firing_for', 'annotations'] as const) {
      const value = draft[key];
      const empty = value === undefined || value === 0 || (typeof value === 'object' && value.length === 0);
      if (!empty) this.#problem([...path, key], `a recording rule takes no \`${key}\``, 'key');
    }
    if (/[{}]/.test(rule.name)) {
      this.#problem([...path, 'record'], `braces in the name of a recording rule; do they belong to \`expr\`?`);
    }
    return {
      kind: 'recording',
      key: this.#key(group, 'record', rule.name, labels),
      labels: Labels.of(labels),
      ...rest,
    };
  }

  #name(draft: RuleDraft, path: Path): string | undefined {
    const { alert, record } = draft;
    if (alert !== undefined && record !== undefined) {
      this.#problem([...path, 'record'], 'a rule has either `alert` or `record`, not both', 'key');
      return undefined;
    }
    const name = alert ?? record;
    if (name === undefined || name.trim() === '') {
      this.#problem(path, 'a rule needs a name: `alert` or `record`');
      return undefined;
    }
    return this.#written([...path, alert === undefined ? 'record' : 'alert'], name);
  }

  /** A text as it stands in the file: what YAML takes for a number is text here, and `1.10` is not `1.1`. */
  #written(path: Path, text: string): string {
    let value: unknown = this.#yaml.value;
    for (const step of path) value = (value as Readonly<Record<string | number, unknown>> | null)?.[step];
    return typeof value === 'string' || value === null ? text : (this.#yaml.source?.(path) ?? text);
  }

  #key(group: string, kind: string, name: string, labels: readonly (readonly [string, string])[]): string {
    const base = `${group}/${kind}/${name}/${fingerprint(Labels.of(labels))}`;
    const count = this.#keys.get(base) ?? 0;
    this.#keys.set(base, count + 1);
    return count === 0 ? base : `${base}/${count + 1}`;
  }

  /** Any text may be a name, as in Prometheus 3, but for none and that of the metric. */
  #labels(pairs: readonly (readonly [string, string])[], path: Path): readonly (readonly [string, string])[] {
    return pairs.map(([name, text]) => {
      const place = [...path, name];
      if (name === '' || name === '__name__') {
        this.#problem(place, `invalid label name ${JSON.stringify(name)}`, 'key');
      }
      return [name, this.#written(place, text)] as const;
    });
  }

  /** Finds places inside a scalar; the scalar's own start is looked up once. */
  #locate(path: Path, value: string): (offset: number) => Position {
    const start = this.#document.at(path);
    return (offset) => scalarPosition(this.#text, start, value, offset);
  }

  #expr(source: string, sourceAt: (offset: number) => Position): Expr | undefined {
    try {
      return parseExpr(source);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.#problems.push({ severity: 'error', at: sourceAt(error.span.start), message: error.reason });
      return undefined;
    }
  }

  #template(name: string, text: string, path: Path): TextTemplate {
    const at = this.#document.at(path);
    try {
      const template = parseTemplate(text, { functions: RULE_FUNCTION_NAMES, variables: RULE_VARIABLES });
      return { name, text, template, at };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const lines = text.split('\n').slice(0, error.line - 1);
      const offset = lines.reduce((sum, line) => sum + line.length + 1, 0) + error.col - 1;
      const place = scalarPosition(this.#text, at, text, offset);
      this.#problems.push({ severity: 'error', at: place, message: `template of ${name}: ${error.reason}` });
      return { name, text, template: { body: [], definitions: new Map() }, at };
    }
  }
}
