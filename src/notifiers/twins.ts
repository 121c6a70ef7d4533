import type { MessageRef } from '../incident/card.ts';
import type { MessageMark } from '../slack/answer.ts';
import type { SlackClient } from '../slack/client.ts';
import { renderTwin } from '../slack/view/earlier.ts';

/** After this long a request of a process that ended is not on its way any more. */
const SETTLED_AFTER_MS = 30_000;
const MOST_DOUBTED = 500;

interface Doubt {
  readonly mark: MessageMark;
  /** Wire-clock instants. */
  readonly lookFrom: number;
  readonly postedAt: number;
}

/**
 * Cards that were posted again because their first post could not be found. A request whose sender died may take effect after the
 * successor has looked; then two cards stand, and the one that nobody edits any more would stay red for ever. So the history is
 * looked at once more when the card is next edited. Kept in memory: a second crash in the same episode forgets it.
 */
export class Twins {
  readonly #client: SlackClient;
  readonly #doubted = new Map<string, Doubt>();

  constructor(client: SlackClient) {
    this.#client = client;
  }

  doubt(cardId: string, doubt: Doubt): void {
    if (this.#doubted.size >= MOST_DOUBTED) this.#doubted.clear();
    this.#doubted.set(cardId, doubt);
  }

  /** Points every other message with the card's mark to the living one. What fails here is tried at the next edit. */
  async settle(cardId: string, living: MessageRef, now: number): Promise<void> {
    const doubt = this.#doubted.get(cardId);
    if (!doubt) return;
    const history = await this.#client.marked(living.channel, doubt.lookFrom);
    if (history.kind === 'failed') return;
    const twins = history.value.filter(
      ({ mark, ref }) => mark.type === doubt.mark.type && mark.id === doubt.mark.id && ref.ts !== living.ts,
    );
    for (const { ref } of twins) {
      const closed = await this.#client.update(ref, renderTwin(living));
      if (closed.kind === 'failed' && closed.class !== 'edit') return;
    }
    if (twins.length > 0 || now - doubt.postedAt > SETTLED_AFTER_MS) this.#doubted.delete(cardId);
  }
}
