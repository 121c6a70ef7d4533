import { type Account, accountsOf, type PastEpisode } from './accounts.ts';
import { type Bot, pause } from './bot.ts';
import { cardsOf, closedTwins } from './card.ts';
import { OTHER_KINDS } from './heard.ts';
import { type Ledgers, readLedgers } from './ledgers.ts';
import { Model } from './model.ts';
import { type Moment, plan, type Strike, seeded } from './moments.ts';
import { type Outside, startOutside } from './outside.ts';
import { everyReceiver } from './receivers.ts';
import type { Catch } from './recorder.ts';
import { CHANNEL_OF, FOR_MS, SEVERITIES, type Stage, startStage } from './stage.ts';

export interface CampaignOptions {
  readonly kills: number;
  readonly seed: number;
  readonly say: (line: string) => void;
  /** Asked between two kills: true ends the campaign early, with the figures of what was done. */
  readonly enough?: () => boolean;
}

export interface Figures {
  readonly kills: number;
  readonly killsByMoment: ReadonlyMap<Moment, number>;
  /** Lives that ended by themselves at a fail point, and those that never passed theirs and were killed all the same. */
  readonly killsByFailPoint: ReadonlyMap<string, number>;
  readonly failPointsMissed: readonly string[];
  readonly episodes: number;
  readonly acknowledgements: number;
  readonly calls: number;
  /** Of every notifier beside Slack's. */
  readonly accounts: readonly Account[];
  /** Whether people read in Slack that a destination was not reached. */
  readonly toldOfLoss: (destination: string) => boolean;
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
const FAIL_POINT_PATIENCE_MS = 12_000;
const AFTER_SCRAPE_MS = 700;
const DRAIN_MS = 10_000;
/** Budgets of slow services may hold the last rows back for a while. */
const QUIET_WITHIN_MS = 120_000;
const LATE_MS = 200;
const LATE_AFTER_SUCCESSOR_MS = 2500;

/** Kills the real program again and again while models fall ill and recover, then lets everything heal and counts. */
export async function runCampaign(options: CampaignOptions): Promise<Figures> {
  const outside = await startOutside();
  const stage = await startStage(everyReceiver(outside));
  try {
    return await new Campaign({ stage, outside }, options).run();
  } finally {
    await stage.close();
    await outside.close();
  }
}

class Campaign {
  readonly #stage: Stage;
  readonly #outside: Outside;
  readonly #o: CampaignOptions;
  readonly #random: () => number;
  readonly #models: readonly Model[];
  readonly #recovery: number[] = [];
  readonly #halfFor: number[] = [];
  readonly #moments = new Map<Moment, number>();
  readonly #failPoints = new Map<string, number>();
  readonly #missed: string[] = [];
  /** When each life ended. */
  readonly #deaths: number[] = [];
  readonly #errors: string[] = [];
  readonly #problems: string[] = [];
  #kills = 0;
  #slow = 0;
  #services = 0;
  #onAcknowledged: (() => void) | undefined;
  #onShown: ((value: number) => void) | undefined;

  constructor({ stage, outside }: { readonly stage: Stage; readonly outside: Outside }, options: CampaignOptions) {
    this.#stage = stage;
    this.#outside = outside;
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
    const strikes = plan(this.#o.kills, this.#random);
    let stopped = false;
    let bot = this.#start(strikes[0]);
    await this.#ready(bot);
    const lives = this.#models.map((model) => model.live(() => stopped));
    for (const [index, strike] of strikes.entries()) {
      if (this.#o.enough?.()) {
        // It may be about to end by itself.
        bot.kill();
        bot = await this.#readySuccessor(bot, undefined);
        break;
      }
      bot = await this.#strike(strike, bot, strikes[index + 1]);
      this.#kills += 1;
      if ((index + 1) % 25 === 0) this.#o.say(`${index + 1} kills, ${this.#episodes()} episodes`);
    }
    stopped = true;
    await Promise.all(lives);
    return await this.#count(bot);
  }

  /** Ends this life as planned, starts a successor that is going to end by the next strike, and returns it when it is ready. */
  async #strike(strike: Strike, bot: Bot, next: Strike | undefined): Promise<Bot> {
    if (strike.kind === 'fail_point') return await this.#killInside(strike.point, bot, next);
    const { moment } = strike;
    this.#moments.set(moment, (this.#moments.get(moment) ?? 0) + 1);
    if (moment === 'half_for') return await this.#killInFor(bot, next);
    const sprung = this.#arm(moment, bot);
    await Promise.race([sprung, pause(TRAP_PATIENCE_MS)]);
    this.#disarm();
    bot.kill();
    if (moment === 'starting') {
      const early = await this.#succeed(bot, undefined);
      await pause(30 + this.#random() * 500);
      early.kill();
      return await this.#readySuccessor(early, next);
    }
    return await this.#readySuccessor(bot, next);
  }

  /** The process knows itself where to end; one that never comes there is ended all the same. */
  async #killInside(point: string, bot: Bot, next: Strike | undefined): Promise<Bot> {
    const own = await Promise.race([bot.ended.then(() => true), pause(FAIL_POINT_PATIENCE_MS).then(() => false)]);
    if (own) this.#failPoints.set(point, (this.#failPoints.get(point) ?? 0) + 1);
    else this.#missed.push(point);
    bot.kill();
    return await this.#readySuccessor(bot, next);
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
    const service = (fate: 'swallow' | 'mute'): Promise<void> =>
      new Promise((resolve) => {
        const caught = (): void => {
          bot.kill();
          resolve();
        };
        this.#services += 1;
        const kind = OTHER_KINDS[this.#services % OTHER_KINDS.length] ?? 'webhook';
        this.#outside.set({ kind, fate, caught });
      });
    const shown = (isIll: boolean): Promise<void> =>
      new Promise((resolve) => {
        this.#onShown = (value) => {
          if (value > 0 !== isIll) return;
          this.#onShown = undefined;
          void after(this.#random() * AFTER_SCRAPE_MS).then(resolve);
        };
      });
    switch (moment) {
      case 'random':
      case 'starting':
        return after(1 + this.#random() * 400);
      case 'fired':
        return shown(true);
      case 'healed':
        return shown(false);
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
      case 'service_swallowed':
        return service('swallow');
      case 'service_unanswered':
        return service('mute');
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
    this.#outside.set(undefined);
    this.#onAcknowledged = undefined;
    this.#onShown = undefined;
  }

  /** `for: 6s`, killed at 3 s: the alert is due at 6 s as if nothing had happened. */
  async #killInFor(bot: Bot, strike: Strike | undefined): Promise<Bot> {
    const { exporter, workspace } = this.#stage;
    this.#slow += 1;
    const name = `slow-${this.#slow}`;
    const posted = workspace.until(() => cardsOf(workspace, CHANNEL_OF.slow, name)[0], FOR_MS * 5);
    const illAt = Date.now();
    exporter.set('campaign_slow', name, 'slow', 1);
    await pause(FOR_MS / 2);
    bot.kill();
    const next = await this.#readySuccessor(bot, strike);
    const card = await posted.catch(() => undefined);
    if (card) this.#halfFor.push(Date.now() - illAt);
    else this.#problems.push(`lost: ${name} has no card`);
    exporter.set('campaign_slow', name, 'slow', 0);
    const green = (): boolean => cardsOf(workspace, CHANNEL_OF.slow, name).some((seen) => seen.green);
    await workspace.until(green, 30_000).catch(() => this.#problems.push(`lost resolve: ${name}`));
    return next;
  }

  #start(strike: Strike | undefined): Bot {
    if (strike?.kind !== 'fail_point') return this.#stage.start();
    return this.#stage.start({ environment: { WATCHROOM_FAILPOINT: `${strike.point}:${strike.passage}` } });
  }

  async #succeed(bot: Bot, strike: Strike | undefined): Promise<Bot> {
    const how = await bot.ended;
    this.#deaths.push(Date.now());
    if (how !== 'SIGKILL') this.#problems.push(`the program ended by itself with ${how}: ${bot.output().slice(-1000)}`);
    this.#hear(bot);
    return this.#start(strike);
  }

  async #readySuccessor(bot: Bot, strike: Strike | undefined): Promise<Bot> {
    const next = await this.#succeed(bot, strike);
    await this.#ready(next);
    return next;
  }

  /** A life that is to end at a fail point may do so before it is ready. */
  async #ready(bot: Bot): Promise<void> {
    const ready = bot.ready();
    ready.catch(() => undefined);
    const ms = await Promise.race([ready, bot.ended.then(() => undefined)]);
    if (ms !== undefined) this.#recovery.push(ms);
  }

  #hear(bot: Bot): void {
    for (const error of bot.errors()) this.#errors.push(JSON.stringify(error).slice(0, 1000));
  }

  #episodes(): number {
    return this.#models.reduce((sum, { episodes }) => sum + episodes, 0);
  }

  #pastEpisodes(): PastEpisode[] {
    return this.#models.flatMap(({ name, severity, episodes }) =>
      Array.from({ length: episodes }, (_, index) => ({ model: name, number: index + 1, severity })),
    );
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
    const ledgers = readLedgers(this.#stage.folder);
    return {
      kills: this.#kills,
      killsByMoment: this.#moments,
      killsByFailPoint: this.#failPoints,
      failPointsMissed: this.#missed,
      episodes: this.#episodes() + this.#slow,
      acknowledgements: this.#models.reduce((sum, { confirmed }) => sum + confirmed.size, 0),
      calls: calls.length,
      accounts: accountsOf({
        outside: this.#outside,
        episodes: this.#pastEpisodes(),
        deaths: this.#deaths,
        dead: ledgers.outboxDead,
        inDoubt: ledgers.inDoubt,
      }),
      toldOfLoss: (destination) => this.#saidInSlack(`${destination.replace(/^slack:/, '')}* was not reached`),
      lost: this.#problems,
      duplicates,
      duplicatesLeftOpen,
      recoveryMs: this.#recovery,
      toCardMs: this.#models.flatMap(({ toCard }) => toCard),
      toGreenMs: this.#models.flatMap(({ toGreen }) => toGreen),
      halfForMs: this.#halfFor,
      refused: [
        ...calls.flatMap(({ method, answer }) =>
          answer && answer['ok'] !== true ? [`${method}: ${String(answer['error'])}`] : [],
        ),
        ...this.#outside.refused(),
      ],
      errors: this.#errors,
      exit,
      drainMs,
      ledgers,
    };
  }

  #saidInSlack(words: string): boolean {
    const { state } = this.#stage.workspace;
    return Object.values(CHANNEL_OF).some((channel) =>
      state.messages(channel).some(({ text }) => text.includes(words)),
    );
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
