import type { Workspace } from '../../src/workspace/server.ts';
import { pause } from './bot.ts';
import { cardsOf, type SeenCard } from './card.ts';
import { CHANNEL_OF, type Severity, type Stage } from './stage.ts';

export interface ModelOptions {
  readonly stage: Stage;
  readonly name: string;
  readonly severity: Severity;
  readonly random: () => number;
  /** A person was told that an acknowledgement was taken; called at that very moment. */
  readonly onAcknowledged: () => void;
}

/** How long an alert may need to reach or close its card, over any number of crashes on the way. */
const PATIENCE_MS = 60_000;

/** One simulated model: falls ill, is seen, sometimes acknowledged, recovers; and keeps account of what must have been told. */
export class Model {
  readonly name: string;
  readonly severity: Severity;
  readonly channel: string;
  /** Episodes begun; each must end as exactly one green card. */
  episodes = 0;
  /** Acknowledgements that a person was told were taken, by the card's id. */
  readonly confirmed = new Set<string>();
  readonly problems: string[] = [];
  /** From illness to card and from recovery to green, milliseconds. */
  readonly toCard: number[] = [];
  readonly toGreen: number[] = [];
  readonly #o: ModelOptions;

  constructor(options: ModelOptions) {
    this.#o = options;
    this.name = options.name;
    this.severity = options.severity;
    this.channel = CHANNEL_OF[options.severity];
  }

  cards(): SeenCard[] {
    return cardsOf(this.#o.stage.workspace, this.channel, this.name);
  }

  /** Lives until told to stop; always ends healthy with its card closed, or with a problem. */
  async live(stopped: () => boolean): Promise<void> {
    const { random, stage, severity } = this.#o;
    while (!stopped() && this.problems.length === 0) {
      await pause(500 + random() * 2500);
      this.episodes += 1;
      // A second message of an older card may still appear: what is new is told by the card's id.
      const known = new Set(this.cards().map(({ id }) => id));
      const illAt = Date.now();
      // The value is the episode's number, so that every message tells which one it is about.
      stage.exporter.set('campaign_load', this.name, severity, this.episodes);
      const card = await this.#await(stage.workspace, () => this.cards().find(({ id }) => !known.has(id)));
      if (!card) {
        this.problems.push(`lost: ${this.name} episode ${this.episodes} has no card after ${PATIENCE_MS} ms`);
        return;
      }
      this.toCard.push(Date.now() - illAt);
      if (random() < 0.4) await this.#acknowledge(card);
      await pause(random() * 1500);
      const wellAt = Date.now();
      stage.exporter.set('campaign_load', this.name, severity, 0);
      const green = await this.#await(stage.workspace, () =>
        this.cards()
          .filter(({ id }) => !known.has(id))
          .some((seen) => seen.green),
      );
      if (!green) {
        this.problems.push(`lost resolve: ${this.name} episode ${this.episodes}: ${this.cards().at(-1)?.header}`);
        return;
      }
      this.toGreen.push(Date.now() - wellAt);
    }
  }

  async #acknowledge({ channel, ts, id }: SeenCard): Promise<void> {
    const { stage, onAcknowledged } = this.#o;
    const result = await stage.workspace.act
      .click('U01ALICE', { channel, ts, actionId: 'acknowledge' })
      .catch(() => undefined);
    if (!result?.ok) return;
    this.confirmed.add(id);
    onAcknowledged();
    const shown = await this.#await(stage.workspace, () =>
      this.cards().find((seen) => seen.id === id && seen.acknowledged),
    );
    if (!shown) this.problems.push(`lost acknowledgement: ${this.name} card ${id}`);
  }

  async #await<T>(workspace: Workspace, look: () => T | undefined | false): Promise<T | undefined> {
    return workspace.until(look, PATIENCE_MS).catch(() => undefined);
  }
}
