import { type Bot, pause } from './bot.ts';
import { cardsOf, closedTwins } from './card.ts';
import { type Ledgers, readLedgers } from './ledgers.ts';
import { Model } from './model.ts';
import { type Moment, plan, seeded } from './moments.ts';
import type { Catch } from './recorder.ts';
import { CHANNEL_OF, FOR_MS, SEVERITIES, type Stage, startStage } from './stage.ts';

export interface CampaignOptions {
  readonly kills: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface Figures {
  readonly kills: number;
  readonly killsByMoment: ReadonlyMap<Moment, number>;
  readonly episodes: number;
  readonly acknowledgements: number;
  readonly calls: number;
  /** Alerts, resolves or confirmed acknowledgements that nobody was told of. */
  readonly lost: readonly string[];
  /** Cards posted more than once; of these, how many never closed. */
  readonly duplicates: number;
  readonly duplicatesLeftOpen: number;
  /** Start of the process until `/-/ready`, milliseconds. */
  readonly recoveryMs: readonly number[];
  readonly toCardMs: readonly number[];
  readonly toGreenMs: readonly number[];
  /** From the bad value to the card where `for` is 6 s and the process was killed in its middle. */
  readonly halfForMs: readonly number[];
  readonly refused: readonly string[];
  readonly errors: readonly string[];
  readonly exit: number | NodeJS.Signals;
  readonly drainMs: number;
  readonly ledgers: Ledgers;
}

/** As many as keep within 40 edits a minute and workspace: the courier holds more back, and the campaign would measure that. */
const MODELS = 6;
/** A trap that nothing falls into within this time is given up, and the process is killed all the same. */
const TRAP_PATIENCE_MS = 8000;
const AFTER_SCRAPE_MS = 700;
const DRAIN_MS = 10_000;
const QUIET_WITHIN_MS = 45_000;
const LATE_MS = 200;
const LATE_AFTER_SUCCESSOR_MS = 2500;

/** Kills the real program again and again while models fall ill and recover, then lets everything heal and counts. */
export async function runCampaign(options: CampaignOptions): Promise<Figures> {
  const stage = await startStage();
  try {
    return await new Campaign(stage, options).run();
  } finally {
    await stage.close();
  }
}

class Campaign {
  readonly #stage: Stage;
  readonly #o: CampaignOptions;
  readonly #random: () => number;
  readonly #models: readonly Model[];
  readonly #recovery: number[] = [];
  readonly #halfFor: number[] = [];
  readonly #done = new Map<Moment, number>();
  readonly #errors: string[] = [];
  readonly #problems: string[] = [];
  #slow = 0;
  #onAcknowledged: (() => void) | undefined;
  #onShown: ((value: number) => void) | undefined;

  constructor(stage: Stage, options: CampaignOptions) {
    this.#stage = stage;
    this.#o = options;
    this.#random = seeded(options.seed);
    this.#models = Array.from(
      { length: MODELS },
      (_, index) =>
        new Model({
          stage,
          name: `model-${String(index + 1).padStart(2, '0')}`,
          severity: SEVERITIES[index % SEVERITIES.length] ?? 'info',
          random: seeded(options.seed * 1000 + index),
          onAcknowledged: () => this.#onAcknowledged?.(),
        }),
    );
    stage.exporter.onShown((model, value) => {
      if (model.startsWith('model-')) this.#onShown?.(value);
    });
  }

  async run(): Promise<Figures> {
    const moments = plan(this.#o.kills, this.#random);
    let stopped = false;
    let bot = this.#stage.start();
    await this.#ready(bot);
    const lives = this.#models.map((model) => model.live(() => stopped));
    for (const [index, moment] of moments.entries()) {
      bot = await this.#killAt(moment, bot);
      if ((index + 1) % 25 === 0) this.#o.say(`${index + 1} kills, ${this.#episodes()} episodes`);
    }
    stopped = true;
    await Promise.all(lives);
    return await this.#count(bot);
  }

  /** Kills at the moment, starts a successor, and returns it when it is ready. */
  async #killAt(moment: Moment, bot: Bot): Promise<Bot> {
    this.#done.set(moment, (this.#done.get(moment) ?? 0) + 1);
    if (moment === 'half_for') return await this.#killInFor(bot);
    const sprung = this.#arm(moment, bot);
    await Promise.race([sprung, pause(TRAP_PATIENCE_MS)]);
    this.#disarm();
    bot.kill();
    let next = await this.#succeed(bot);
    if (moment === 'starting') {
      await pause(30 + this.#random() * 500);
      next.kill();
      next = await this.#succeed(next);
    }
    await this.#ready(next);
    return next;
  }

  /** Resolves once the process was killed at the moment's exact instant. */
  #arm(moment: Exclude<Moment, 'half_for'>, bot: Bot): Promise<void> {
    const after = async (ms: number): Promise<void> => {
      await pause(ms);
      bot.kill();
    };
    const { recorder } = this.#stage;
    const trap = (method: string, fate: Catch, delayMs: number): Promise<void> =>
      new Promise((resolve) => {
        const caught = (): void => {
          if (delayMs === 0) {
            bot.kill();
            resolve();
          } else void after(delayMs).then(resolve);
        };
        recorder.set({ method, fate, caught, lateMs: this.#lateMs(method) });
      });
    const shown = (wanted: number): Promise<void> =>
      new Promise((resolve) => {
        this.#onShown = (value) => {
          if (value !== wanted) return;
          this.#onShown = undefined;
          void after(this.#random() * AFTER_SCRAPE_MS).then(resolve);
        };
      });
    switch (moment) {
      case 'random':
      case 'starting':
        return after(1 + this.#random() * 400);
      case 'fired':
        return shown(1);
      case 'healed':
        return shown(0);
      case 'post_swallowed':
        return trap('chat.postMessage', 'swallow', 0);
      case 'post_unanswered':
        return trap('chat.postMessage', 'mute', 0);
      case 'post_late':
        return trap('chat.postMessage', 'late', 0);
      case 'post_answered':
        return trap('chat.postMessage', 'answer', this.#random() * 3);
      case 'update_swallowed':
        return trap('chat.update', 'swallow', 0);
      case 'update_unanswered':
        return trap('chat.update', 'mute', 0);
      case 'update_late':
        return trap('chat.update', 'late', 0);
      case 'update_answered':
        return trap('chat.update', 'answer', this.#random() * 3);
      case 'acknowledged':
        return new Promise((resolve) => {
          this.#onAcknowledged = () => {
            bot.kill();
            resolve();
          };
        });
    }
  }

  /** A dead process's request is still on its way. Posts are met by the successor's in every second case; edits are not. */
  #lateMs(method: string): number {
    return method === 'chat.postMessage' && this.#random() < 0.5 ? LATE_AFTER_SUCCESSOR_MS : LATE_MS;
  }

  #disarm(): void {
    this.#stage.recorder.set(undefined);
    this.#onAcknowledged = undefined;
    this.#onShown = undefined;
  }

  /** `for: 6s`, killed at 3 s: the alert is due at 6 s as if nothing had happened. */
  async #killInFor(bot: Bot): Promise<Bot> {
    const { exporter, workspace } = this.#stage;
    this.#slow += 1;
    const name = `slow-${this.#slow}`;
    const posted = workspace.until(() => cardsOf(workspace, CHANNEL_OF.slow, name)[0], FOR_MS * 5);
    const illAt = Date.now();
    exporter.set('campaign_slow', name, 'slow', 1);
    await pause(FOR_MS / 2);
    bot.kill();
    const next = await this.#succeed(bot);
    await this.#ready(next);
    const card = await posted.catch(() => undefined);
    if (card) this.#halfFor.push(Date.now() - illAt);
    else this.#problems.push(`lost: ${name} has no card`);
    exporter.set('campaign_slow', name, 'slow', 0);
    const green = (): boolean => cardsOf(workspace, CHANNEL_OF.slow, name).some((seen) => seen.green);
    await workspace.until(green, 30_000).catch(() => this.#problems.push(`lost resolve: ${name}`));
    return next;
  }

  async #succeed(bot: Bot): Promise<Bot> {
    await bot.ended;
    this.#hear(bot);
    return this.#stage.start();
  }

  async #ready(bot: Bot): Promise<void> {
    this.#recovery.push(await bot.ready());
  }

  #hear(bot: Bot): void {
    for (const error of bot.errors()) this.#errors.push(JSON.stringify(error).slice(0, 1000));
  }

  #episodes(): number {
    return this.#models.reduce((sum, { episodes }) => sum + episodes, 0);
  }

  async #count(bot: Bot): Promise<Figures> {
    await this.#quiet();
    const askedAt = performance.now();
    bot.signal('SIGTERM');
    const exit = await Promise.race([
      bot.ended,
      pause(DRAIN_MS + 5000)
        .then(() => bot.kill())
        .then(() => bot.ended),
    ]);
    const drainMs = performance.now() - askedAt;
    this.#hear(bot);
    let duplicates = closedTwins(this.#stage.workspace);
    let duplicatesLeftOpen = 0;
    for (const model of this.#models) {
      const cards = model.cards();
      const ids = new Set(cards.map(({ id }) => id));
      duplicates += cards.length - ids.size;
      for (const id of ids) {
        const open = cards.filter((card) => card.id === id && !card.green).length;
        duplicatesLeftOpen += open;
      }
      if (ids.size !== model.episodes)
        this.#problems.push(`${model.name} had ${model.episodes} episodes and has ${ids.size} cards`);
      for (const id of model.confirmed)
        if (!cards.some((card) => card.id === id && card.acknowledged))
          this.#problems.push(`lost acknowledgement: ${model.name} card ${id}`);
      this.#problems.push(...model.problems);
    }
    const { calls } = this.#stage.recorder;
    return {
      kills: this.#o.kills,
      killsByMoment: this.#done,
      episodes: this.#episodes() + this.#slow,
      acknowledgements: this.#models.reduce((sum, { confirmed }) => sum + confirmed.size, 0),
      calls: calls.length,
      lost: this.#problems,
      duplicates,
      duplicatesLeftOpen,
      recoveryMs: this.#recovery,
      toCardMs: this.#models.flatMap(({ toCard }) => toCard),
      toGreenMs: this.#models.flatMap(({ toGreen }) => toGreen),
      halfForMs: this.#halfFor,
      refused: calls.flatMap(({ method, answer }) =>
        answer && answer['ok'] !== true ? [`${method}: ${String(answer['error'])}`] : [],
      ),
      errors: this.#errors,
      exit,
      drainMs,
      ledgers: readLedgers(this.#stage.folder),
    };
  }

  /** Until the bot says that nothing waits, and Slack has heard nothing for a while. */
  async #quiet(): Promise<void> {
    const { calls } = this.#stage.recorder;
    const end = Date.now() + QUIET_WITHIN_MS;
    for (let seen = -1; Date.now() < end; ) {
      const drained = seen === calls.length && (await this.#waiting()) === 0;
      if (drained) return;
      seen = calls.length;
      await pause(1500);
    }
  }

  async #waiting(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.#stage.port}/-/ready`);
    return Number(/(\d+) waiting/.exec(await response.text())?.[1]);
  }
}
