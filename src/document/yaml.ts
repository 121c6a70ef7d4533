import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
  type YAMLMap,
} from 'yaml';
import { DocumentError, type Position, type Problem } from './position.ts';

export const LARGEST_DOCUMENT_BYTES = 1024 * 1024;
export const DEEPEST_NESTING = 64;
/** Uses of one anchor, times the aliases within it: shared labels of many rules, but no exponential growth. */
const MOST_ALIASES = 1000;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
/** How many maps may merge one another in a row. */
const DEEPEST_MERGE = 16;

export type Path = readonly (string | number)[];

/** A parsed YAML mapping that knows where each of its parts stands. */
export interface YamlDocument {
  readonly file: string;
  /** Plain data: mappings, lists, scalars. null for an empty file. */
  readonly value: unknown;
  /** Where the value at a path stands, or the nearest enclosing thing that exists. `key` asks for the key of a mapping's entry. */
  at(path: Path, part?: 'key' | 'value'): Position;
  /**
   * What stands in the file for the scalar at a path: `1.10` where `value` holds the number 1.1. For formats whose fields are text
   * whatever the scalar looks like. Absent in documents that did not come from YAML text.
   */
  source?(path: Path): string | undefined;
}

/**
 * Reads one YAML 1.2 document.
 * @throws DocumentError on syntax errors, several documents, directives, unknown tags, duplicate or dangerous keys, more than
 * `LARGEST_DOCUMENT_BYTES`, or nesting beyond `DEEPEST_NESTING` (checked before parsing: deep nesting can abort the process).
 */
export function parseYaml(text: string, file: string): YamlDocument {
  const bare = text.startsWith('\u{feff}') ? text.slice(1) : text;
  refuseOversized(bare, file);
  const lines = new LineCounter();
  const documents = parseAllDocuments(bare, {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
    uniqueKeys: true,
    // `<<` is YAML 1.1, but Prometheus and Alertmanager read it, and their files use it.
    merge: true,
  });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), col: Math.max(1, col) };
  };
  const fail = (offset: number, message: string): never => {
    throw new DocumentError([{ severity: 'error', at: position(offset), message }]);
  };
  if (!Array.isArray(documents)) return { file, value: null, at: () => ({ file, line: 1, col: 1 }) };
  const [document, second] = documents;
  if (!document) return { file, value: null, at: () => ({ file, line: 1, col: 1 }) };
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    throw new DocumentError(
      faults.map(
        (fault): Problem => ({
          severity: 'error',
          at: position(fault.pos[0]),
          message: fault.message.split('\n')[0] ?? '',
        }),
      ),
    );
  }
  if (second) fail(second.range[0], 'a second YAML document (`---`) is not read; put everything into one');
  if (document.directives?.yaml.explicit) fail(0, '%YAML directives change how values are read; remove the directive');
  const root = document.contents;
  visit(document, {
    Alias(_, alias, ancestors) {
      if (ancestors.some((node) => isCollection(node) && node.anchor === alias.source)) {
        fail(alias.range?.[0] ?? 0, `*${alias.source} stands within &${alias.source}, which would then contain itself`);
      }
    },
    Pair(_, pair) {
      if (isScalar(pair.key) && typeof pair.key.value === 'string' && FORBIDDEN_KEYS.has(pair.key.value)) {
        fail(pair.key.range?.[0] ?? 0, `the key ${pair.key.value} is not allowed`);
      }
      if (!isScalar(pair.key)) fail(isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0, 'a key must be plain text');
    },
  });
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    fail(0, error instanceof Error ? error.message : String(error));
  }
  return {
    file,
    value,
    at: (path, part = 'value') =>
      position(offsetOf(root, path, part, (node) => (isAlias(node) ? node.resolve(document) : node))),
    source: (path) => sourceOf(document, path),
  };
}

type Resolve = (node: unknown) => unknown;

/** The entry of a mapping with this key: its own, or one that it merges in with `<<`. */
function entryOf(map: YAMLMap, key: string, resolve: Resolve, depth = 0): Pair | undefined {
  const own = map.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
  if (own || depth > DEEPEST_MERGE) return own;
  for (const item of map.items) {
    if (!isScalar(item.key) || typeof item.key.value !== 'symbol') continue;
    const merged = resolve(item.value);
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const other = resolve(source);
      const found = isMap(other) ? entryOf(other, key, resolve, depth + 1) : undefined;
      if (found) return found;
    }
  }
  return undefined;
}

function sourceOf(document: Document.Parsed, path: Path): string | undefined {
  const resolve: Resolve = (node) => (isAlias(node) ? node.resolve(document) : node);
  let node: unknown = resolve(document.contents);
  for (const step of path) {
    if (isMap(node)) node = entryOf(node, String(step), resolve)?.value;
    else if (isSeq(node)) node = node.items[Number(step)];
    else return undefined;
    node = resolve(node);
  }
  return isScalar(node) ? node.source : undefined;
}

function offsetOf(root: Node | null, path: Path, part: 'key' | 'value', resolve: Resolve): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    node = resolve(node);
    let next: unknown;
    if (isMap(node)) {
      const pair = entryOf(node, String(step), resolve);
      if (!pair) break;
      next = pair.value;
      const key = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      const wantsKey = part === 'key' && depth === path.length - 1;
      offset = wantsKey ? (key ?? offset) : ((isNode(next) ? next.range?.[0] : undefined) ?? key ?? offset);
    } else if (isSeq(node)) {
      next = node.items[Number(step)];
      if (!isNode(next)) break;
      offset = next.range?.[0] ?? offset;
    } else break;
    node = next;
  }
  return offset;
}

/** Cheap scan before the real parser: its recursion can exhaust the stack in a way that no try/catch survives. */
function refuseOversized(text: string, file: string): void {
  const refuse = (line: number, col: number, message: string): never => {
    throw new DocumentError([{ severity: 'error', at: { file, line, col }, message }]);
  };
  if (Buffer.byteLength(text) > LARGEST_DOCUMENT_BYTES) refuse(1, 1, `larger than ${LARGEST_DOCUMENT_BYTES} bytes`);
  let depth = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.includes('\u{0}'))
      refuse(index + 1, line.indexOf('\u{0}') + 1, 'holds a NUL byte; is this a text file in UTF-8?');
    let brackets = 0;
    for (let i = 0; i < line.length; i += 1) {
      const c = line[i];
      if (c === '[' || c === '{') brackets += 1;
      else if (c === ']' || c === '}') brackets -= 1;
      if (depth + brackets > DEEPEST_NESTING) refuse(index + 1, i + 1, `nested deeper than ${DEEPEST_NESTING}`);
    }
    depth = Math.max(0, depth + brackets);
    // `- - - -` and `? ? ?` open one level per mark; indentation of one column each opens one level per column.
    const marks = /^[\s?-]*/.exec(line)?.[0] ?? '';
    if (marks.replaceAll(/\s/g, '').length > DEEPEST_NESTING)
      refuse(index + 1, 1, `nested deeper than ${DEEPEST_NESTING}`);
  }
}
