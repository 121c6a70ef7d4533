import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { Labels } from '../../src/labels/labels.ts';
import { DependencyGraph, type DependencyNode } from '../../src/routing/dependency.ts';
import { Inhibitors } from '../../src/routing/inhibitors.ts';
import { alert, House, config as routingConfig, START } from './house.ts';

const node = (name: string, ...dependsOn: string[]): DependencyNode => ({ name, matchers: [], dependsOn });
const GRAPH = new DependencyGraph([
  node('fraud', 'features'),
  node('search', 'features'),
  node('features', 'database'),
]);
const ROUTES = `
route: { receiver: hook, group_by: ['...'], group_wait: 10s, group_interval: 1m, repeat_interval: 1h }
receivers: [{ name: hook, webhook_configs: [{ url: 'http://127.0.0.1:1/' }] }]
`;

function house(graph = GRAPH): House {
  return new House({ ...routingConfig(ROUTES), dependencies: graph });
}

const down = (of: string, more = ''): string => `alertname=Down,severity=critical,${of}${more}`;

function load(yaml: string): ReturnType<typeof parseConfig> {
  return parseConfig({ path: 'watchroom.yml', text: yaml }, '/nowhere', {
    cwd: '/nowhere',
    environment: {},
    missingEnvironment: 'error',
  });
}

describe('a declared dependency', () => {
  it('mutes what depends on the part that is down, near or far', async () => {
    const h = house();
    h.fire(down('service=database'));
    h.fire(down('model=fraud'));
    h.fire(down('component=features'));
    await h.to('1m');
    expect(h.notifications.map(({ alerts }) => alerts[0]?.labels.get('service'))).toEqual(['database']);
    const [root] = h.notifications.flatMap(({ alerts }) => alerts);
    const muted = h.dispatcher.mutedBy(root?.fingerprint ?? '', h.now);
    expect(
      muted.map(({ labels }) => labels.get('model') || labels.get('component')).toSorted((a, b) => (a < b ? -1 : 1)),
    ).toEqual(['features', 'fraud']);
  });

  it('lets the others be heard as soon as the part is back', async () => {
    const h = house();
    h.fire(down('service=database'));
    h.fire(down('model=fraud'));
    await h.to('30s');
    h.resolve(down('service=database'));
    await h.to('3m');
    expect(h.told().some((line) => line.includes('fraud+'))).toBe(true);
  });

  it('never mutes across environments, and what names none concerns all', async () => {
    const h = house();
    h.fire(down('service=database', ',environment=staging'));
    h.fire(down('model=fraud', ',environment=production'));
    h.fire(down('model=search', ',environment=staging'));
    await h.to('30s');
    expect(h.told().join()).toContain('fraud+');
    expect(h.told().join()).not.toContain('search+');
    const everywhere = house();
    everywhere.fire(down('service=database'));
    everywhere.fire(down('model=fraud', ',environment=production'));
    await everywhere.to('30s');
    expect(everywhere.told().join()).not.toContain('fraud+');
  });

  it('never mutes what is more urgent, and names the cause in its payload', async () => {
    const h = house();
    h.fire('alertname=Slow,severity=info,service=database');
    h.fire(down('model=fraud'));
    await h.to('30s');
    const told = h.notifications.flatMap(({ alerts }) => alerts).find(({ labels }) => labels.get('model') === 'fraud');
    expect(told?.annotations.get('root_cause')).toBe('Slow service=database');
  });

  it('takes an alert that names several parts for one about those that depend on the others', async () => {
    const h = house();
    h.fire(down('model_name=fraud,feature_store=features'));
    h.fire(down('model=search'));
    await h.to('30s');
    expect(h.told()).toHaveLength(2);
  });

  it('survives a restart: the muted stay muted, and are counted', async () => {
    const h = house();
    const root = h.fire(down('service=database'));
    h.fire(down('model=fraud'));
    await h.to('1m');
    h.restart();
    await h.to('5m');
    expect(h.told()).toHaveLength(1);
    expect(h.dispatcher.mutedBy(root.fingerprint, h.now)).toHaveLength(1);
  });

  it('is named with its path by why', async () => {
    const h = house();
    h.fire(down('service=database'));
    await h.to('30s');
    const explained = h.dispatcher.explain(
      Labels.of({ alertname: 'Down', severity: 'critical', model: 'fraud' }),
      h.now,
    );
    expect(explained.inhibitedBy?.rule).toBe('dependency fraud → features → database');
  });

  it('never leaves two alerts muting each other, whatever the graph and whatever they name', () => {
    const parts = ['a', 'b', 'c', 'd', 'e'];
    const edges = fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 10 });
    const labels = fc.record({
      model_name: fc.constantFrom('', ...parts),
      service: fc.constantFrom('', ...parts),
      severity: fc.constantFrom('critical', 'warning'),
    });
    fc.assert(
      fc.property(edges, fc.array(labels, { minLength: 2, maxLength: 6 }), (pairs, sets) => {
        // Only downwards in the alphabet: no cycles.
        const nodes = pairs
          .filter(([from, to]) => from < to)
          .map(([from, to]) => node(parts[from] ?? '', parts[to] ?? ''));
        const sources = new Inhibitors({ inhibitRules: [], dependencies: new DependencyGraph(nodes) });
        const alerts = sets.map((set, index) =>
          alert(
            `alertname=A${index},${Object.entries(set)
              .filter(([, v]) => v !== '')
              .map(([k, v]) => `${k}=${v}`)
              .join()}`,
            START + index,
          ),
        );
        for (const one of alerts) sources.set(one);
        const mutedBy = new Map(
          alerts.map((one) => [one.fingerprint, sources.inhibiting(one.labels)?.source.fingerprint]),
        );
        // Following the mutes from anywhere leads to an alert that is heard.
        for (const one of alerts) {
          let at = one.fingerprint;
          for (let step = 0; step < alerts.length; step += 1) at = mutedBy.get(at) ?? at;
          expect(mutedBy.get(at)).toBeUndefined();
        }
      }),
    );
  });
});

describe('dependencies in watchroom.yml', () => {
  it('come from dependencies: and from models', () => {
    const { routing } = load(
      'dependencies: [{ name: features, depends_on: [database] }]\nmodels: { fraud: { depends_on: [features] } }\n',
    );
    expect([...(routing.config.dependencies?.needsOf('fraud').keys() ?? [])]).toEqual(['features', 'database']);
  });

  it.each([
    [
      'dependencies: [{ name: a, depends_on: [b] }, { name: b, depends_on: [a] }]',
      'watchroom.yml:1:70: a would depend on itself: a → b → a',
    ],
    ['dependencies: [{ name: a, depends_on: [a] }]', 'a would depend on itself: a → a'],
    ['models: { m: { depends_on: [n] } }\ndependencies: [{ name: n, depends_on: [m] }]', 'would depend on itself'],
    ['dependencies: [{ depends_on: [a] }]', 'give a name or matchers'],
    ['dependencies: [{ name: a, depends: [b] }]', 'unknown key depends'],
    ['dependencies: [{ name: a, depends_on: [] }]', 'name at least one part'],
    ['dependencies: [{ matchers: ["x=~("], depends_on: [b] }]', 'watchroom.yml:1:29'],
    ['dependencies: [{ name: a, depends_on: [b] }, { name: a, depends_on: [c] }]', 'a is declared twice'],
    ['storm: { group: 3 }', 'did you mean groups?'],
    ['flapping: { hold: 2h }', 'expected a duration from 0s to 30m'],
  ])('%s is refused at its place', (yaml, message) => {
    expect(() => load(`${yaml}\n`)).toThrow(message);
  });

  it('warns of a name that is nearly a declared one', () => {
    const { warnings } = load(
      'models: { feature-store: {} }\ndependencies: [{ name: fraud, depends_on: [feature-stor] }]\n',
    );
    expect(warnings.map(({ message }) => message)).toContain(
      'feature-stor is not declared; did you mean feature-store?',
    );
  });
});
