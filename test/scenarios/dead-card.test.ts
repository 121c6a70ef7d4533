import { describe, expect, it, onTestFinished } from 'vitest';
import type { Fault } from '../../src/workspace/faults.ts';
import { tellSlow } from '../support/alerts.ts';
import { press } from '../support/hands-on.ts';
import { startMortal } from '../support/mortal-world.ts';
import { ASHA, directMessages } from '../support/on-call-world.ts';
import { POLICY, SCHEDULE, startQuiet } from '../support/own-on-call.ts';
import { MINUTE, type World } from '../support/world.ts';

const POST = { method: 'chat.postMessage', channel: '#ml-alerts', times: 1 } as const;

const cards = (world: World): string[] => world.workspace.state.messages('ml-alerts').map(({ text }) => text);

function thread(world: World): string {
  const [card] = world.workspace.state.messages('ml-alerts');
  const lines = world.workspace.state.thread('ml-alerts', card?.ts ?? '');
  return lines.map(({ text }) => text).join('\n');
}

/** A slow model whose card meets `first`; it is then refused for good, after `meanwhile`. */
async function givenUp(first: Fault, meanwhile: (world: World) => Promise<void>): Promise<World> {
  const world = (await startQuiet()).world();
  const { faults } = world.workspace;
  faults.add(first);
  tellSlow(world, 'fraud-detector', 'critical');
  while (directMessages(world, [ASHA]).length === 0) await world.pass(500);
  faults.add({ method: 'conversations.history', kind: 'ok_false', error: 'internal_error', times: 1 });
  faults.add({ ...POST, kind: 'ok_false', error: 'channel_not_found' });
  await meanwhile(world);
  await world.pass(2 * MINUTE);
  return world;
}

async function heal(world: World): Promise<void> {
  tellSlow(world, 'fraud-detector', 'critical', { resolved: true });
  await world.pass(10 * MINUTE);
}

const acknowledge = (world: World): Promise<void> => press(world, ASHA, 'acknowledge');

describe.runIf(SCHEDULE && POLICY)('a card whose post was given up', { timeout: 60_000 }, () => {
  it('is posted by the next word about it, which does not wait for ever', async () => {
    const world = await givenUp({ ...POST, kind: 'http500' }, acknowledge);
    expect(cards(world)).toEqual(['P1 fraud-detector prod: ModelLatencyP99High, acknowledged by Asha']);
    await heal(world);
    expect(cards(world)).toEqual([expect.stringMatching(/^Resolved: fraud-detector prod/)]);
    expect(thread(world)).toMatch(/acknowledged[^]*resolved/i);
    expect(world.app.health().find(({ part }) => part === 'delivery')?.detail).toContain('0 waiting');
  });

  it('is found again where the post had been taken all the same', async () => {
    const world = await givenUp({ ...POST, kind: 'accepted_then_dropped' }, acknowledge);
    expect(cards(world)).toEqual(['P1 fraud-detector prod: ModelLatencyP99High, acknowledged by Asha']);
    await heal(world);
    expect(cards(world)).toEqual([expect.stringMatching(/^Resolved: fraud-detector prod/)]);
  });

  it('leaves no second one that stays red, where four lives ended with it and it stood since the first', async () => {
    const house = await startMortal({ schedule: SCHEDULE ?? '', policy: POLICY ?? '', config: { rule_files: [] } });
    onTestFinished(() => house.close());
    house.watch({
      call: ({ method, args }, moment) => {
        const isPost = method === 'chat.postMessage' && args.get('channel') === '#ml-alerts' && moment === 'answered';
        const isLook = method === 'conversations.history' && moment === 'arrived';
        if (house.deaths() === 0 ? isPost : house.deaths() < 4 && isLook) house.kill();
      },
    });
    // It pages nobody, so its thread has no line that would find it.
    tellSlow(house.world(), 'fraud-detector', 'warning');
    await house.pass(2 * MINUTE);
    expect(house.deaths()).toBe(4);
    expect(cards(house.world())).toEqual([expect.stringMatching(/^P2 fraud-detector prod/)]);
    tellSlow(house.world(), 'fraud-detector', 'warning', { resolved: true });
    await house.pass(10 * MINUTE);
    expect(cards(house.world()).toSorted()).toEqual([
      expect.stringMatching(/^Posted twice/),
      expect.stringMatching(/^Resolved: fraud-detector prod/),
    ]);
  });
});
