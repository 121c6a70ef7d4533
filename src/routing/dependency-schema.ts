import { z } from 'zod';
import { DocumentError, type Position, type Problem } from '../document/position.ts';
import { nearest } from '../document/suggest.ts';
import type { Path } from '../document/yaml.ts';
import { UserError } from '../errors.ts';
import type { Matcher } from '../labels/matcher.ts';
import { DependencyGraph, type DependencyNode } from './dependency.ts';
import { parseMatchers } from './matcher-text.ts';

const Name = z.string().trim().min(1, { error: 'a part of the system needs a name' }).max(200);

/** An entry of `dependencies:`. `name` or `matchers` say which alerts are about it; with both, either does. */
export const DependencyEntry = z
  .strictObject({
    name: Name.optional(),
    matchers: z.array(z.string()).max(32).default([]),
    depends_on: z.array(Name).min(1, { error: 'name at least one part that it needs' }).max(200),
  })
  .refine((entry) => entry.name !== undefined || entry.matchers.length > 0, {
    error: 'give a name or matchers: which alerts are about it?',
  });
export type DependencyEntry = z.output<typeof DependencyEntry>;

export interface DependencySource {
  readonly dependencies: readonly DependencyEntry[];
  readonly models: Readonly<Record<string, { readonly depends_on: readonly string[] }>>;
}

interface Placed extends DependencyNode {
  /** Where its n-th dependency stands. */
  readonly at: (index: number) => Path;
}

/**
 * The graph of `dependencies:` and `models.*.depends_on`.
 * @returns the graph, and warnings about names that look mistyped.
 * @throws DocumentError for matchers that do not parse, names declared twice, and cycles, each at its place with the whole path.
 */
export function buildDependencies(
  source: DependencySource,
  at: (path: Path, part?: 'key' | 'value') => Position,
): { readonly graph: DependencyGraph; readonly warnings: readonly Problem[] } {
  const problems: Problem[] = [];
  const fail = (path: Path, message: string): void => {
    problems.push({ severity: 'error', at: at(path), message });
  };
  const declared = new Set<string>();
  const nodes: Placed[] = source.dependencies.map((entry, index) => {
    const path: Path = ['dependencies', index];
    if (entry.name !== undefined && declared.has(entry.name)) {
      fail([...path, 'name'], `${entry.name} is declared twice; put everything it needs into one entry`);
    }
    if (entry.name !== undefined) declared.add(entry.name);
    return {
      name: entry.name ?? entry.matchers.join(', '),
      matchers: matchersOf(entry.matchers, [...path, 'matchers'], fail),
      dependsOn: entry.depends_on,
      at: (n) => [...path, 'depends_on', n],
    };
  });
  for (const [model, { depends_on: dependsOn }] of Object.entries(source.models)) {
    declared.add(model);
    if (dependsOn.length === 0) continue;
    nodes.push({ name: model, matchers: [], dependsOn, at: (n) => ['models', model, 'depends_on', n] });
  }
  const cycle = findCycle(nodes);
  if (cycle) fail(cycle.at, `${cycle.path[0]} would depend on itself: ${cycle.path.join(' → ')}`);
  if (problems.length > 0) throw new DocumentError(problems);
  return { graph: new DependencyGraph(nodes), warnings: mistyped(nodes, declared, at) };
}

function matchersOf(lines: readonly string[], path: Path, fail: (path: Path, message: string) => void): Matcher[] {
  return lines.flatMap((line, index) => {
    try {
      return parseMatchers(line);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      fail([...path, index], error.message);
      return [];
    }
  });
}

function findCycle(nodes: readonly Placed[]): { readonly path: readonly string[]; readonly at: Path } | undefined {
  const edges = new Map<string, { readonly to: string; readonly at: Path }[]>();
  for (const node of nodes) {
    const list = node.dependsOn.map((to, index) => ({ to, at: node.at(index) }));
    edges.set(node.name, [...(edges.get(node.name) ?? []), ...list]);
  }
  const done = new Set<string>();
  for (const start of edges.keys()) {
    // Depth first without recursion: a chain may be as long as the file allows.
    const trail: { readonly name: string; next: number }[] = done.has(start) ? [] : [{ name: start, next: 0 }];
    while (trail.length > 0) {
      const top = trail[trail.length - 1];
      if (!top) break;
      const edge = edges.get(top.name)?.[top.next];
      top.next += 1;
      if (!edge) {
        done.add(top.name);
        trail.pop();
        continue;
      }
      const seen = trail.findIndex(({ name }) => name === edge.to);
      if (seen >= 0) return { path: [...trail.slice(seen).map(({ name }) => name), edge.to], at: edge.at };
      if (!done.has(edge.to)) trail.push({ name: edge.to, next: 0 });
    }
  }
  return undefined;
}

/** A part that nothing declares is fine (alerts may name it), unless its name is nearly that of a declared one. */
function mistyped(nodes: readonly Placed[], declared: ReadonlySet<string>, at: (path: Path) => Position): Problem[] {
  return nodes.flatMap((node) =>
    node.dependsOn.flatMap((name, index): Problem[] => {
      if (declared.has(name)) return [];
      const near = nearest(
        name,
        [...declared].filter((known) => known !== node.name),
      );
      if (near === undefined || Math.abs(near.length - name.length) > 2) return [];
      return [
        { severity: 'warning', at: at(node.at(index)), message: `${name} is not declared; did you mean ${near}?` },
      ];
    }),
  );
}
