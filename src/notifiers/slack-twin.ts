import { z } from 'zod';
import type { Notifier } from '../delivery/notifier.ts';
import type { OutboxDraft, OutboxEntry, SendResult } from '../delivery/outbox.ts';
import type { Card, CardBook } from '../incident/card.ts';
import type { MessageMark } from '../slack/answer.ts';
import type { SlackClient } from '../slack/client.ts';
import { type SlackFailure, sendResult } from '../slack/failure.ts';
import { renderTwin } from '../slack/view/earlier.ts';
import type { Clock } from '../time/clock.ts';

export interface SlackTwinOptions {
  readonly client: Pick<SlackClient, 'marked' | 'update'>;
  readonly cards: Pick<CardBook, 'card'>;
  /** Real time. */
  readonly wire: Clock;
}

export const SLACK_TWIN = 'slack.twin';
/** After this long a request whose sender died is not on its way any more. */
const LOOK_AFTER_MS = 10_000;
const TIME_TO_LIVE_MS = 3_600_000;
/** Messages are looked for from this long before their row was put in: clocks differ. */
export const LOOK_BACK_MS = 600_000;

const PAYLOAD = z.object({ cardId: z.string(), markId: z.string(), lookFrom: z.number() });

/** By what a card's message is known again. One that stands in for another must never be taken for the old one. */
export function markOf(card: Card): MessageMark {
  return { type: 'watchroom_card', id: card.replaces ? `${card.id}:${card.replaces.ts}` : card.id };
}

/**
 * For a card whose post was not found, or was given up, and that may stand all the same: it is posted again, and then two cards stand
 * of which one would stay red for ever. A row, so that the look is owed over further crashes.
 * @param entry the row whose post is in doubt
 */
export function twinDraft(entry: OutboxEntry, card: Card): OutboxDraft {
  const { id } = markOf(card);
  return {
    kind: SLACK_TWIN,
    // Of its own, so that nothing ever waits for it.
    destination: `${SLACK_TWIN}:${card.id}`,
    payload: { cardId: card.id, markId: id, lookFrom: entry.createdAt - LOOK_BACK_MS },
    priority: 'P4',
    coalesceKey: `${SLACK_TWIN}:${id}`,
    causedAt: entry.causedAt,
    timeToLiveMs: TIME_TO_LIVE_MS,
  };
}

/** Looks for messages that bear a card's mark beside the living one, and points them to it. Nothing else depends on it. */
export function createSlackTwin(options: SlackTwinOptions): Notifier {
  const { client, cards, wire } = options;
  return {
    kind: SLACK_TWIN,
    async send(entry) {
      const payload = PAYLOAD.safeParse(entry.payload);
      if (!payload.success) return given('malformed payload');
      const waited = wire.now() - entry.createdAt;
      if (waited < LOOK_AFTER_MS) {
        return { kind: 'retry', reason: 'too early to look', afterMs: LOOK_AFTER_MS - Math.max(0, waited) };
      }
      const { cardId, markId, lookFrom } = payload.data;
      const living = cards.card(cardId)?.ref;
      if (!living) return { kind: 'retry', reason: 'the card does not stand yet', afterMs: LOOK_AFTER_MS };
      const history = await client.marked(living.channel, lookFrom);
      if (history.kind === 'failed') return failed(history);
      const twins = history.value.filter(
        ({ mark, ref }) => mark.type === 'watchroom_card' && mark.id === markId && ref.ts !== living.ts,
      );
      for (const { ref } of twins) {
        const closed = await client.update(ref, renderTwin(living));
        if (closed.kind === 'failed' && closed.class !== 'edit') return failed(closed);
      }
      return { kind: 'sent', detail: `${twins.length} closed` };
    },
  };
}

/** A scope that is missing is no reason to hold cards back, as broken credentials would be. */
function failed(failure: SlackFailure): SendResult {
  const result = sendResult(failure);
  return result.kind === 'retry' ? result : given(failure.code);
}

function given(reason: string): SendResult {
  return { kind: 'rejected', scope: 'content', reason };
}
