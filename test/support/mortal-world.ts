import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startFleet } from '../../src/fleet/fleet.ts';
import { advance, type Job } from '../../src/time/loop.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { startWorkspace } from '../../src/workspace/server.ts';
import { type CallMoment, type Lifeline, openLifeline, type SlackCall } from './lifeline.ts';
import { type OnCallWorldOptions, onCallConfig, TEAM } from './on-call-world.ts';
import { NIGHT, REPOSITORY, startWorld, TOKENS, type World } from './world.ts';

interface Eyes {
  /** Every call to Slack, at both its moments. */
  readonly call?: (call: SlackCall, moment: CallMoment) => void;
  /** Every job of the bot that has just run. */
  readonly ran?: (job: string) => void;
}

/** The bot of the on-call scenarios, whose process can end without a word, as by `kill -9`, and be started again. */
export interface MortalWorld {
  /** The bot that lives now. */
  world(): World;
  /** How often it was killed. */
  deaths(): number;
  /**
   * Ends the life at this very instant: the successor gets the files as they stand on disk now, write-ahead log and all; nothing that
   * the old life still says gets out.
   */
  kill(): void;
  /** What looks on, in every life, and may kill. */
  watch(eyes: Eyes): void;
  /** Moves the clock on by so much; whenever the bot is killed meanwhile, a successor starts at once. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

const FILES = ['state.db', 'metrics.db'] as const;

export async function startMortal(options: OnCallWorldOptions): Promise<MortalWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-mortal-'));
  const config = onCallConfig(folder, options);
  const clock = new ManualClock(options.startAt ?? NIGHT);
  const fleet = await startFleet({ now: () => clock.now() });
  const workspace = await startWorkspace({
    manifest: JSON.parse(readFileSync(resolve(REPOSITORY, 'manifest.json'), 'utf8')) as unknown,
    ...TOKENS,
    users: TEAM,
    now: () => clock.now(),
  });
  const lines: Lifeline[] = [];
  const remains = (life: number): string => join(folder, `life-${life}`);
  let eyes: Eyes = {};
  let died: () => void = () => {};
  let deaths = 0;
  let isDead = false;
  mkdirSync(remains(0));

  const live = async (): Promise<World> => {
    const line = await openLifeline(workspace.apiUrl, (call, moment) => eyes.call?.(call, moment));
    lines.push(line);
    const [state, metrics] = FILES.map((file) => join(remains(deaths), file));
    return await startWorld({
      config: { ...config, slack: { api_url: line.apiUrl } },
      databases: { state: state ?? '', metrics: metrics ?? '' },
      around: { workspace, fleet, clock },
    });
  };
  let world = await live();
  const jobsOf = ({ app }: World): Job[] =>
    [...app.domainJobs, ...app.wireJobs].map((job) => ({
      name: job.name,
      nextDue: () => job.nextDue(),
      run: async (now) => {
        await job.run(now);
        eyes.ran?.(job.name);
        // The dead do nothing more.
        if (isDead) await new Promise(() => undefined);
      },
    }));

  const rise = async (): Promise<void> => {
    // The dead one's handles and sockets; its files and its line are nobody's any more.
    await world.closeApp();
    isDead = false;
    world = await live();
  };
  return {
    world: () => world,
    deaths: () => deaths,
    watch: (next) => {
      eyes = next;
    },
    kill: () => {
      lines.at(-1)?.cut();
      const from = remains(deaths);
      deaths += 1;
      mkdirSync(remains(deaths));
      for (const file of FILES.flatMap((name) => [name, `${name}-wal`])) {
        if (existsSync(join(from, file))) copyFileSync(join(from, file), join(remains(deaths), file));
      }
      isDead = true;
      died();
    },
    pass: async (ms) => {
      const until = clock.now() + ms;
      if (isDead) await rise();
      for (;;) {
        const death = new Promise<'dead'>((resolveDeath) => {
          died = () => resolveDeath('dead');
        });
        const passing = advance(clock, jobsOf(world), until);
        // A life that was killed waits for Slack's answer until its sockets are closed, and then finds its databases closed.
        passing.catch(() => undefined);
        if ((await Promise.race([passing, death])) !== 'dead') return;
        await rise();
      }
    },
    close: async () => {
      await world.closeApp();
      for (const line of lines) await line.close();
      await workspace.close();
      await fleet.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
