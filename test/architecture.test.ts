import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** Files that stand beside the folders and may be imported by all of them. */
const LEAVES = ['errors.ts', 'fail-point.ts'].map((name) => join(SRC, name));

/** Pure leaves that every folder may import. */
const VOCABULARY = ['labels', 'time', 'alert', 'document'];

/**
 * Who may import whom, beside the vocabulary and the leaves. An edge that is not here is an error, so a new one is a decision.
 * `app`, `cli` and `main` compose and may import everything but `workspace` internals.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  labels: [],
  time: [],
  document: [],
  alert: [],
  telemetry: [],
  chart: [],
  template: [],
  tsdb: [],
  promql: ['tsdb'],
  remote: ['promql'],
  ingest: ['tsdb'],
  rules: ['promql', 'tsdb', 'template', 'sqlite:types'],
  observer: ['ingest', 'tsdb', 'promql', 'rules', 'sqlite', 'telemetry', 'template'],
  delivery: [],
  routing: ['delivery', 'template'],
  people: [],
  oncall: ['people', 'audit'],
  incident: ['delivery', 'routing', 'oncall', 'people', 'audit', 'runbooks'],
  audit: [],
  runbooks: [],
  feedback: ['delivery', 'incident', 'audit', 'rules'],
  notifiers: ['delivery', 'slack', 'template', 'chart', 'incident', 'routing'],
  slack: [
    'chart',
    'incident',
    'routing',
    'people',
    'oncall',
    'feedback',
    'audit',
    'runbooks',
    'delivery',
    'rules',
    'promql',
  ],
  api: [
    'routing',
    'incident',
    'oncall',
    'people',
    'feedback',
    'audit',
    'promql',
    'tsdb',
    'rules',
    'delivery',
    'telemetry',
    'observer',
    'trace',
  ],
  sqlite: [
    'tsdb',
    'rules',
    'routing',
    'delivery',
    'incident',
    'people',
    'oncall',
    'feedback',
    'audit',
    'slack',
    'notifiers:types',
  ],
  config: [
    'ingest',
    'rules',
    'routing',
    'oncall',
    'incident',
    'people',
    'notifiers',
    'delivery',
    'runbooks',
    'slack',
    'feedback',
  ],
  workspace: [],
  fleet: [],
  trace: ['routing', 'incident'],
  app: ['*'],
  cli: ['*'],
  '(root)': ['*'],
};

/** The one folder (or folders) that may import an npm package. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@slack/bolt': ['slack'],
  '@slack/web-api': ['slack'],
  'better-sqlite3': ['sqlite'],
  'node-cron': ['time'],
  'temporal-polyfill': ['time'],
  re2js: ['labels'],
  yaml: ['document'],
  pino: ['telemetry'],
  ws: ['workspace'],
  nodemailer: ['notifiers'],
  '@resvg/resvg-js': ['chart'],
  'dejavu-fonts-ttf': ['chart'],
  commander: ['cli'],
  'ical.js': ['oncall'],
};
const ANYWHERE = ['zod', 'fastify', 'prom-client'];
const BANNED_NAMES = /(?:^|[/-])(?:utils?|common|helpers?|types|misc)(?:[./-]|$)/;

interface Import {
  readonly file: string;
  readonly from: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

function sourceFiles(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) return sourceFiles(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

function folderOf(file: string): string {
  const [first, second] = relative(SRC, file).split('/');
  return second === undefined ? '(root)' : (first ?? '(root)');
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(
    /(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
  );
  return [...found].map((match) => ({
    file,
    from: folderOf(file),
    target: match[2] ?? match[3] ?? '',
    typeOnly: match[1] !== undefined,
  }));
}

/** Every import in src that breaks a rule, as text; exported shape kept simple so that the failing test reads well. */
function violations(imports: readonly Import[]): string[] {
  const broken: string[] = [];
  for (const { file, from, target, typeOnly } of imports) {
    const place = relative(SRC, file);
    if (target.startsWith('node:')) continue;
    if (!target.startsWith('.')) {
      const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : (target.split('/')[0] ?? target);
      const allowed = PACKAGES[name];
      if (ANYWHERE.includes(name)) continue;
      if (!allowed) broken.push(`${place}: the package ${name} has no home in the table`);
      else if (!allowed.includes(from)) broken.push(`${place}: ${name} may be imported only by ${allowed.join(', ')}`);
      continue;
    }
    const path = resolve(dirname(file), target);
    if (LEAVES.includes(path)) {
      if (from === 'workspace' || from === 'fleet') broken.push(`${place}: ${from} imports nothing of ours`);
      continue;
    }
    const to = folderOf(path);
    if (to === from) continue;
    const list = ALLOWED[from];
    if (!list) broken.push(`${place}: the folder ${from} is not in the table`);
    else if (list.includes('*')) continue;
    else if (VOCABULARY.includes(to) && from !== 'workspace' && from !== 'fleet') {
      if (VOCABULARY.includes(from) && !vocabularyEdge(from, to)) broken.push(`${place}: ${from} may not import ${to}`);
    } else if (list.includes(to)) continue;
    else if (typeOnly && list.includes(`${to}:types`)) continue;
    else broken.push(`${place}: ${from} may not import ${to}`);
  }
  return broken;
}

function vocabularyEdge(from: string, to: string): boolean {
  return (from === 'alert' && (to === 'labels' || to === 'time')) || (from === 'document' && to === 'time');
}

/** Folder cycles among real (not type-only) imports. */
function cycles(imports: readonly Import[]): string[] {
  const edges = new Map<string, Set<string>>();
  for (const { file, from, target, typeOnly } of imports) {
    if (!target.startsWith('.') || typeOnly) continue;
    const to = folderOf(resolve(dirname(file), target));
    if (to !== from && to !== '(root)') edges.set(from, (edges.get(from) ?? new Set()).add(to));
  }
  const found: string[] = [];
  const visit = (node: string, trail: readonly string[]): void => {
    if (trail.includes(node)) {
      found.push([...trail.slice(trail.indexOf(node)), node].join(' → '));
      return;
    }
    for (const next of edges.get(node) ?? []) visit(next, [...trail, node]);
  };
  for (const node of edges.keys()) visit(node, []);
  return [...new Set(found)];
}

const files = sourceFiles(SRC);
const imports = files.flatMap(importsOf);

describe('architecture', () => {
  it('sees the code at all', () => {
    expect(files.length).toBeGreaterThan(10);
    expect(imports.filter((i) => i.target.startsWith('.')).length).toBeGreaterThan(10);
  });

  it('imports only along the allowed edges', () => {
    expect(violations(imports)).toEqual([]);
  });

  it('has no cycle between folders', () => {
    expect(cycles(imports)).toEqual([]);
  });

  it('would notice a forbidden import', () => {
    const planted = (file: string, target: string): Import => ({
      file: join(SRC, file),
      from: folderOf(join(SRC, file)),
      target,
      typeOnly: false,
    });
    expect(violations([planted('routing/dispatcher.ts', '../slack/client.ts')])).toEqual([
      'routing/dispatcher.ts: routing may not import slack',
    ]);
    expect(violations([planted('promql/engine.ts', 'better-sqlite3')])).toHaveLength(1);
    expect(violations([planted('workspace/server.ts', '../labels/labels.ts')])).toHaveLength(1);
    expect(
      cycles([planted('routing/a.ts', '../delivery/b.ts'), planted('delivery/b.ts', '../routing/a.ts')]),
    ).not.toEqual([]);
  });

  it('names no file after a dumping ground', () => {
    expect(files.map((file) => relative(SRC, file)).filter((file) => BANNED_NAMES.test(file))).toEqual([]);
  });

  it('keeps barrels out: index.ts files are registries', () => {
    const barrels = files.filter(
      (file) => file.endsWith('/index.ts') && /^export \* from/m.test(readFileSync(file, 'utf8')),
    );
    expect(barrels.map((file) => relative(SRC, file))).toEqual([]);
  });

  it('has the folders that ARCHITECTURE.md names, and no others', () => {
    const named = [...readFileSync(resolve(SRC, '../ARCHITECTURE.md'), 'utf8').matchAll(/^\| `([a-z]+)\/` \|/gm)].map(
      (match) => match[1],
    );
    const folders = readdirSync(SRC).filter((name) => statSync(join(SRC, name)).isDirectory());
    expect(new Set(named)).toEqual(new Set(folders));
  });

  it('keeps SQL in sqlite/', () => {
    const sql = /\b(?:SELECT\s+[\w*(]|INSERT\s+(?:OR\s+\w+\s+)?INTO|DELETE\s+FROM|CREATE\s+TABLE)\b/;
    const strays = files.filter((file) => folderOf(file) !== 'sqlite' && sql.test(readFileSync(file, 'utf8')));
    expect(strays.map((file) => relative(SRC, file))).toEqual([]);
  });
});
