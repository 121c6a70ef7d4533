import { afterEach, describe, expect, it } from 'vitest';
import { seeded } from '../campaign/moments.ts';
import type { CallMoment, SlackCall } from '../support/lifeline.ts';
import { type MortalWorld, startMortal } from '../support/mortal-world.ts';
import { ASHA, BOSS, directMessages, LEAD, pages, SITA } from '../support/on-call-world.ts';
import { POLICY, SCHEDULE } from '../support/own-on-call.ts';
import { MINUTE } from '../support/world.ts';

const STEPS = [0, 5, 15, 30, 60, 65, 75, 90, 120, 125, 135, 150, 180];
const PEOPLE = [ASHA, SITA, LEAD, BOSS];
/** Whom the user's policy pages in three passes of an hour, and the last one again when they are over. */
const RIGHT = STEPS.map((minute, step) => `${minute} ${minute === 180 ? BOSS : PEOPLE[step % 4]}`);

let running: MortalWorld | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function start(): Promise<MortalWorld> {
  running = await startMortal({ schedule: SCHEDULE ?? '', policy: POLICY ?? '' });
  return running;
}

/** Until the first page is out, however many lives that takes. */
async function firstPageInSomeLife(house: MortalWorld): Promise<void> {
  while (pages(house.world()).length === 0) await house.pass(10_000);
}

/** Passes on to a minute after the first page. */
async function until(house: MortalWorld, minute: number): Promise<void> {
  const [first] = directMessages(house.world());
  await house.pass((first?.at ?? 0) + minute * MINUTE - house.world().clock.now());
}

/** What else people see in the channel: one card, one mention at the end. */
function channel(house: MortalWorld): { readonly cards: number; readonly mentions: number } {
  const messages = house.world().workspace.state.messages('ml-alerts');
  return {
    cards: messages.filter(({ text }) => text.startsWith('P1')).length,
    mentions: messages.filter((message) => JSON.stringify(message).includes('<!channel>')).length,
  };
}

/** Kills the bot at the first attempt of every page, at this moment of the call. */
function killAtPages(house: MortalWorld, moment: 'arrived' | 'answered'): void {
  const struck = new Set<string>();
  const call = ({ method, args }: SlackCall, at: CallMoment): void => {
    const user = args.get('channel') ?? '';
    const page = `${user} ${house.world().clock.now()}`;
    if (at !== moment || method !== 'chat.postMessage' || !/^[UD]/.test(user) || struck.has(page)) return;
    struck.add(page);
    house.kill();
  };
  house.watch({ call });
}

describe.runIf(SCHEDULE && POLICY)("kill -9 on the user's own ladder", { timeout: 240_000 }, () => {
  it('after every step: the right person each time, once, and the channel at the end', async () => {
    const house = await start();
    await firstPageInSomeLife(house);
    for (const minute of STEPS) {
      await until(house, minute);
      house.kill();
    }
    await until(house, 200);
    expect(house.deaths()).toBe(STEPS.length);
    expect(pages(house.world())).toEqual(RIGHT);
    expect(channel(house)).toEqual({ cards: 1, mentions: 1 });
    expect(house.world().complaints).toEqual([]);
  });

  it.each(['arrived', 'answered'] as const)(
    'in the middle of every page, when it has %s: the right person each time, once',
    async (moment) => {
      const house = await start();
      killAtPages(house, moment);
      await firstPageInSomeLife(house);
      await until(house, 200);
      expect(house.deaths()).toBe(STEPS.length);
      expect(pages(house.world())).toEqual(RIGHT);
      expect(channel(house)).toEqual({ cards: 1, mentions: 1 });
    },
  );

  it('in the middle of every page, where Slack cannot be asked what it has: at most one copy more, to the same person', async () => {
    const house = await start();
    const { faults } = house.world().workspace;
    faults.add({ method: 'conversations.history', kind: 'ok_false', error: 'missing_scope', times: 10_000 });
    killAtPages(house, 'answered');
    await firstPageInSomeLife(house);
    await until(house, 200);
    const told = pages(house.world());
    expect([...new Set(told)]).toEqual(RIGHT);
    expect(told.length).toBeGreaterThan(RIGHT.length);
    for (const page of RIGHT) expect(told.filter((other) => other === page).length).toBeLessThanOrEqual(2);
    // The card goes out in the same instant as the first page, the mention in that of the last: each may stand twice as well.
    for (const copies of Object.values(channel(house))) expect([1, 2]).toContain(copies);
  });

  it.each([1, 2])(
    'between any two pieces of work, at random (seed %i): the right person each time, once',
    async (seed) => {
      const house = await start();
      const random = seeded(seed);
      await firstPageInSomeLife(house);
      let left = 1;
      house.watch({
        ran: () => {
          left -= 1;
          if (left > 0) return;
          left = 1 + Math.floor(random() * 60);
          house.kill();
        },
      });
      await until(house, 200);
      expect(house.deaths()).toBeGreaterThan(20);
      expect(pages(house.world())).toEqual(RIGHT);
      expect(channel(house)).toEqual({ cards: 1, mentions: 1 });
    },
  );

  it('right after somebody acknowledged: nobody else is paged, and every page says who has it', async () => {
    const house = await start();
    await firstPageInSomeLife(house);
    await until(house, 6);
    const last = directMessages(house.world(), [SITA]).at(-1);
    const button = { channel: last?.channel ?? '', ts: last?.ts ?? '', actionId: 'acknowledge' };
    expect(await house.world().workspace.act.click(SITA, button)).toMatchObject({ ok: true });
    house.kill();
    await until(house, 60);
    expect(pages(house.world())).toEqual(RIGHT.slice(0, 2));
    for (const { text } of directMessages(house.world())) expect(text).toContain('acknowledged by');
    expect(channel(house).mentions).toBe(0);
  });

  it('at each call to Slack on the way to the second level, before it counts and after: nobody is missed or hears twice', async () => {
    /** Two levels, killed at the k-th call; the calls that were seen. */
    const twoLevels = async (k: number, moment: CallMoment): Promise<string[]> => {
      const house = await start();
      const calls: string[] = [];
      const call = ({ method }: SlackCall, at: CallMoment): void => {
        if (at !== moment) return;
        calls.push(method);
        if (calls.length === k) house.kill();
      };
      house.watch({ call });
      await firstPageInSomeLife(house);
      await until(house, 6);
      expect(house.deaths()).toBe(k > calls.length ? 0 : 1);
      expect(pages(house.world()), `${moment} ${k}: ${calls[k - 1]}`).toEqual(RIGHT.slice(0, 2));
      expect(channel(house), `${moment} ${k}: ${calls[k - 1]}`).toEqual({ cards: 1, mentions: 0 });
      await house.close();
      running = undefined;
      return calls;
    };
    const calls = await twoLevels(Number.POSITIVE_INFINITY, 'arrived');
    expect(calls.filter((method) => method === 'chat.postMessage').length).toBeGreaterThanOrEqual(4);
    for (const moment of ['arrived', 'answered'] as const) {
      for (let k = 1; k <= calls.length; k += 1) await twoLevels(k, moment);
    }
  });
});
