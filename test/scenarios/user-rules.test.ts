import { describe, expect, it, onTestFinished } from 'vitest';
import { MINUTE, startWorld, toMlAlerts, userFile, type World } from '../support/world.ts';

const RULES = userFile('prometheus-alerts.yml');
const ROUTES = userFile('alertmanager.yml');

async function start(alertmanagerConfig: unknown): Promise<World> {
  const world = await startWorld({ config: { rule_files: [RULES ?? ''], alertmanager_config: alertmanagerConfig } });
  onTestFinished(() => world.close());
  return world;
}

function cards(of: World, channel: string): { text: string; all: string }[] {
  return of.workspace.state
    .messages(channel)
    .map((message) => ({ text: message.text, all: JSON.stringify(message.blocks) }));
}

describe.runIf(RULES)("the user's own rule file against the fleet", { timeout: 120_000 }, () => {
  it.each([
    {
      alert: 'ModelLatencyP99High',
      model: 'fraud-detector',
      fault: 'latency',
      value: /\d+ ms/,
      limit: '200 ms',
      history: 10,
    },
    {
      alert: 'PredictionErrorBurnRateHigh',
      model: 'eta-model',
      fault: 'errors',
      value: /\d+(?:\.\d+)?/,
      limit: '14.4',
      history: 10,
    },
    {
      alert: 'FeatureNullRateHigh',
      model: 'rec-home',
      fault: 'nulls',
      value: /\d+(?:\.\d+)? %/,
      limit: '5 %',
      history: 180,
    },
    {
      alert: 'PredictionDistributionDrift',
      model: 'search-rank',
      fault: 'drift',
      value: /0\.\d+/,
      limit: '0.2',
      history: 10,
    },
  ])(
    '$alert fires with value and limit on its card, and closes it green',
    async ({ alert, model, fault, value, limit, history }) => {
      const w = await start(toMlAlerts());
      // The null-rate rule compares with the average of what it has seen of the week.
      await w.pass(history * MINUTE);
      expect(cards(w, 'ml-alerts')).toEqual([]);

      w.fleet.setFault(model, fault, true);
      await w.pass(40 * MINUTE);
      const [firing, ...others] = cards(w, 'ml-alerts');
      expect(others).toEqual([]);
      expect(firing?.all).toContain(alert);
      expect(firing?.text).toMatch(value);
      expect(firing?.text).toContain(`&gt; ${limit}`);
      expect(firing?.all).toContain('acknowledge');

      w.fleet.setFault(model, fault, false);
      await w.pass(120 * MINUTE);
      const after = cards(w, 'ml-alerts');
      expect(after).toHaveLength(1);
      expect(after[0]?.all).toContain('🟢 Resolved');
      expect(after[0]?.all).toContain('true_positive');
      expect(w.complaints).toEqual([]);
    },
  );

  it.runIf(ROUTES)(
    'reaches Slack with the routes as the user wrote them, where the PagerDuty key is a placeholder',
    async () => {
      const w = await start(ROUTES);
      await w.pass(10 * MINUTE);
      w.fleet.setFault('fraud-detector', 'latency', true);
      w.fleet.setFault('search-rank', 'drift', true);
      await w.pass(40 * MINUTE);
      expect(cards(w, 'ml-alerts').map(({ all }) => all.includes('ModelLatencyP99High'))).toEqual([true]);
      expect(cards(w, 'ml-alerts-warnings').map(({ all }) => all.includes('PredictionDistributionDrift'))).toEqual([
        true,
      ]);
    },
  );
});
