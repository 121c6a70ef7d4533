import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ASHA, directMessages } from '../support/on-call-world.ts';
import { POLICY, SCHEDULE, startOwn } from '../support/own-on-call.ts';
import { MINUTE } from '../support/world.ts';

const rule = (name: string, model: string): string =>
  `  - { alert: ${name}, expr: 'vector(0.412) > 0.2', labels: { severity: critical, model_name: ${model}, environment: production }, annotations: { summary: s } }\n`;

describe.runIf(SCHEDULE && POLICY)('pages within a minute to one person', { timeout: 60_000 }, () => {
  it('ring once: the first goes at once, the others are in it, and one line closes it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'watchroom-one-message-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const rules = join(folder, 'two.rules.yml');
    writeFileSync(
      rules,
      `groups:\n- name: two\n  rules:\n${rule('LatencyHigh', 'fraud-detector')}${rule('AccuracyLow', 'ranker')}${rule('NullRateHigh', 'pricer')}`,
    );
    const world = (await startOwn({ config: { rule_files: [rules] } })).world();
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
