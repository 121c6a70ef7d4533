import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.ts';
import { alert, config, House, START } from './house.ts';

const CONFIG = config(`
route:
  receiver: team
  group_by: [alertname, model]
  group_wait: 30s
  group_interval: 1m
  repeat_interval: 3m
  routes:
  - { matchers: ['severity="critical"'], receiver: pager, group_by: ['...'], continue: true }
  - { matchers: ['model=~"a|b"'], receiver: other, group_by: [] }
receivers:
- { name: team, webhook_configs: [{ url: 'http://127.0.0.1:1/team' }] }
- { name: pager, webhook_configs: [{ url: 'http://127.0.0.1:1/pager' }], pagerduty_configs: [{ routing_key: abc }] }
- { name: other, webhook_configs: [{ url: 'http://127.0.0.1:1/other', send_resolved: false }] }
inhibit_rules:
- { source_matchers: ['alertname="Down"'], target_matchers: ['alertname="Slow"'], equal: [model] }
`);

/** Distinct alerts; some were over before anybody heard of them, some end by themselves before the second tick. */
const alerts = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom('Slow', 'Down', 'Drift'),
      model: fc.constantFrom('a', 'b', 'c', 'd'),
      severity: fc.constantFrom('critical', 'warning'),
      feature: fc.constantFrom('x', 'y', 'z'),
      fate: fc.constantFrom('fires', 'fires', 'resolved', 'ends'),
      // Earlier than `group_wait` ago too: such a group speaks at once.
      age: fc.constantFrom(0, 10_000, 20_000, 90_000),
    }),
    {
      minLength: 1,
      maxLength: 24,
      selector: ({ name, model, severity, feature }) => `${name} ${model} ${severity} ${feature}`,
    },
  )
  .map((drafts) =>
    drafts.map(({ name, model, severity, feature, fate, age }) =>
      alert(`alertname=${name},model=${model},severity=${severity},feature=${feature}`, START, {
        startsAt: START - age,
        ...(fate === 'resolved' && { resolvedAt: START }),
        ...(fate === 'ends' && { until: START + 45_000 }),
      }),
    ),
  );

/** Everything that is said until `to`, and how the groups stood before the first word. */
async function storyOf(batches: readonly (readonly Alert[])[], silenced: boolean): Promise<unknown> {
  const house = new House(CONFIG);
  if (silenced) house.silence('feature="z"', '2m');
  for (const batch of batches) house.dispatcher.ingest(batch, START);
  const before = house.dispatcher.groups(START).map(({ key, receiver, labels, alerts: own, mutes }) => ({
    key,
    receiver,
    labels: labels.toString(),
    members: own.map(({ fingerprint }) => [fingerprint, mutes.get(fingerprint)?.kind]),
  }));
  await house.to('5m');
  const said = house.notifications.map(({ groupKey, integration, at, status, reason, alerts: own }) =>
    [at - START, groupKey, integration.receiver, integration.kind, status, reason, own.map((a) => a.fingerprint)].join(
      ' ',
    ),
  );
  // Groups that are due at one instant have no order between them.
  return { before, said: said.toSorted(), left: house.dispatcher.groups(house.now).map(({ key }) => key) };
}

/** `order` as a permutation, `cuts` as where a batch ends. */
function dealt(all: readonly Alert[], order: readonly number[], cuts: readonly boolean[]): Alert[][] {
  const shuffled = all
    .map((one, index) => ({ one, rank: order[index] ?? 0 }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
  const batches: Alert[][] = [[]];
  for (const [index, one] of shuffled.entries()) {
    batches.at(-1)?.push(one);
    if (cuts[index]) batches.push([]);
  }
  return batches;
}

describe('alerts of one instant', () => {
  it(
    'give the same groups and the same notifications, whatever order and batches they come in',
    { timeout: 120_000 },
    () =>
      fc.assert(
        fc.asyncProperty(
          alerts,
          fc.array(fc.nat(1000), { minLength: 24, maxLength: 24 }),
          fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }),
          fc.boolean(),
          async (all, order, cuts, silenced) => {
            expect(await storyOf(dealt(all, order, cuts), silenced)).toEqual(await storyOf([all], silenced));
          },
        ),
        { numRuns: 150 },
      ),
  );
});
