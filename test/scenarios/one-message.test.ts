import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ASHA, directMessages, type OnCallWorld, startOnCall } from '../support/on-call-world.ts';
import { MINUTE, userFile } from '../support/world.ts';

const SCHEDULE = userFile('oncall-schedule.yml');
const POLICY = userFile('escalation-policy.yml');

const rule = (name: string, model: string): string =>
  `  - { alert: ${name}, expr: 'vector(0.412) > 0.2', labels: { severity: critical, model_name: ${model}, environment: production }, annotations: { summary: s } }\n`;

let running: OnCallWorld | undefined;
let folder = '';
afterEach(async () => {
  await running?.close();
  running = undefined;
  rmSync(folder, { recursive: true, force: true });
});

describe.runIf(SCHEDULE && POLICY)('pages within a minute to one person', { timeout: 60_000 }, () => {
  it('ring once: the first goes at once, the others are in it, and one line closes it', async () => {
    folder = mkdtempSync(join(tmpdir(), 'watchroom-one-message-'));
    const rules = join(folder, 'two.rules.yml');
    writeFileSync(
      rules,
      `groups:\n- name: two\n  rules:\n${rule('LatencyHigh', 'fraud-detector')}${rule('AccuracyLow', 'ranker')}${rule('NullRateHigh', 'pricer')}`,
    );
    running = await startOnCall({ schedule: SCHEDULE ?? '', policy: POLICY ?? '', config: { rule_files: [rules] } });
    const world = running.world();
    while (directMessages(world, [ASHA]).length === 0) await world.pass(1000);
    await world.pass(10_000);
    const [page, ...more] = directMessages(world, [ASHA]);
    expect(more).toEqual([]);
    for (const model of ['fraud-detector', 'ranker', 'pricer']) expect(page?.blocks).toContain(model);
    expect(page?.blocks).toContain('Within the same minute');
    await world.pass(MINUTE);
    const thread = world.workspace.state.thread(page?.channel ?? '', page?.ts ?? '').map(({ text }) => text);
    expect(thread.filter((text) => text.includes('3 incidents within a minute'))).toHaveLength(1);
    // The thread's line rings once more at most; nothing else does before the next level's time.
    await world.pass(2 * MINUTE);
    expect(directMessages(world, [ASHA]).filter(({ blocks }) => blocks.includes('"block_id":"page"'))).toHaveLength(1);
    expect(world.workspace.state.refused()).toEqual([]);
  });
});
