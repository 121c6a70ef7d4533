import { z } from 'zod';
import { type BudgetUse, SLACK_UPDATE_BUDGET, slackPostBudget } from '../delivery/budget.ts';
import type { Notifier } from '../delivery/notifier.ts';
import type { OutboxDraft, OutboxEntry, SendResult } from '../delivery/outbox.ts';
import { failPoint } from '../fail-point.ts';
import type { Card, CardBook, CardDestination, CardState, MessageRef } from '../incident/card.ts';
import type { StormState } from '../incident/storm-state.ts';
import type { MessageMark } from '../slack/answer.ts';
import type { SlackClient, SlackResult } from '../slack/client.ts';
import { type SlackFailure, sendResult } from '../slack/failure.ts';
import type { Block, BlockProfile, SlackMessage } from '../slack/view/block.ts';
import { renderCard } from '../slack/view/card.ts';
import { withEarlier } from '../slack/view/earlier.ts';
import { fit, minimal, textOnly } from '../slack/view/limits.ts';
import { renderLine } from '../slack/view/line.ts';
import type { Mrkdwn } from '../slack/view/mrkdwn.ts';
import { renderPage } from '../slack/view/page.ts';
import { renderStorm } from '../slack/view/storm.ts';
import type { Wording } from '../slack/view/words.ts';
import type { Clock } from '../time/clock.ts';
import { CARD_PAYLOAD, LINE_PAYLOAD, MESSAGE_PAYLOAD } from './slack-payload.ts';
import { createSlackTwin, LOOK_BACK_MS, markOf, twinDraft } from './slack-twin.ts';

export interface SlackNotifierOptions extends Wording {
  readonly client: SlackClient;
  readonly cards: CardBook;
  /** Domain time: what a card says is told as of now. */
  readonly clock: Clock;
  /** Real time. */
  readonly wire: Clock;
  /** Puts a row into the outbox, in a transaction of its own. */
  readonly enqueue: (draft: OutboxDraft) => void;
  readonly profile: BlockProfile;
  /** The slash command that cards name: `/alert`. */
  readonly command: string;
  /** Whether pages offer to escalate to the next level. */
  readonly canHandOver: boolean;
  /** The incident's card in a channel, for "Open card" on pages. */
  readonly channelCard: (incidentId: string) => MessageRef | undefined;
}

/** An error that we do not know may be the content's fault: from this attempt on plain text is tried as well. */
const UNKNOWN_TEXT_FROM = 5;
/** And this attempt is the last: with the courier's waits it comes some ten minutes after the first. */
const UNKNOWN_ATTEMPTS = 12;
/** Slack takes one message a second to one channel. */
const AFTER_CARD_MS = 1000;
const MOST_REMEMBERED = 5000;

/** The three kinds stand and fall with one token. */
const SLACK_CREDENTIALS = 'slack';

/** The outbox kinds `slack.card`, `slack.line`, `slack.message` and `slack.twin`, for the courier. */
export function createSlackNotifiers(options: SlackNotifierOptions): readonly Notifier[] {
  const sender = new SlackSender(options);
  const post = (entry: OutboxEntry): readonly BudgetUse[] => [slackPostBudget(entry.destination)];
  // The row as it is: being degraded says that only text is left to try.
  const textNext = (entry: OutboxEntry): unknown => entry.payload;
  const shared = { credentials: SLACK_CREDENTIALS, degrade: textNext };
  return [
    {
      ...shared,
      kind: 'slack.card',
      send: (entry, signal) => sender.card(entry, signal),
      budgets: (entry) => {
        const payload = CARD_PAYLOAD.safeParse(entry.payload);
        const standing = payload.success && options.cards.card(payload.data.cardId)?.ref !== undefined;
        return standing ? [SLACK_UPDATE_BUDGET] : post(entry);
      },
    },
    { ...shared, kind: 'slack.line', send: (entry, signal) => sender.line(entry, signal), budgets: post },
    { ...shared, kind: 'slack.message', send: (entry, signal) => sender.message(entry, signal), budgets: post },
    createSlackTwin(options),
  ];
}

/** A message that is edited as long as it lives, and what it says now. */
type Found =
  | { readonly card: Card; readonly state: CardState; readonly storm?: undefined }
  | { readonly card: Card; readonly storm: StormState; readonly state?: undefined };

class SlackSender {
  readonly #o: SlackNotifierOptions;
  /** What stands at each message, as far as this process knows: an equal edit is not sent again. */
  readonly #standing = new Map<string, string>();
  readonly #channelIds = new Map<string, string>();

  constructor(options: SlackNotifierOptions) {
    this.#o = options;
  }

  /** Edits the card so that it says what its state is now; posts it where it does not stand. */
  async card(entry: OutboxEntry, signal: AbortSignal): Promise<SendResult> {
    const payload = CARD_PAYLOAD.safeParse(entry.payload);
    if (!payload.success) return malformed(payload.error);
    const { cardId } = payload.data;
    const found = this.#cardAndState(cardId);
    if (!found) return { kind: 'rejected', scope: 'content', reason: 'no such card' };
    if (!found.card.ref) return await this.#postCard(entry, found, signal);
    const edited = await this.#edit(entry, found.card.ref, this.#render(found), signal);
    if (edited.kind === 'ok') return { kind: 'sent', detail: edited.value };
    if (edited.class !== 'edit') return sendResult(edited);
    // Deleted, or too old to be edited: the story goes on in a new message.
    this.#o.cards.lost(cardId, edited.code);
    const again = this.#cardAndState(cardId);
    if (!again) return { kind: 'rejected', scope: 'content', reason: 'no such card' };
    return await this.#postCard(entry, again, signal, edited.code);
  }

  #cardAndState(cardId: string): Found | undefined {
    const card = this.#o.cards.card(cardId);
    if (card?.view === 'storm') {
      const storm = this.#o.cards.storm(cardId, this.#o.clock.now());
      return storm && { card, storm };
    }
    const state = card && this.#o.cards.state(cardId, this.#o.clock.now());
    return card && state ? { card, state } : undefined;
  }

  #render(found: Found): SlackMessage {
    const { clock, profile, command, timezone, nameOf } = this.#o;
    if (found.storm) return renderStorm(found.storm, { timezone, nameOf });
    const { card, state } = found;
    const look = { now: clock.now(), profile, command, timezone, nameOf };
    if (card.view === 'card') return renderCard(state, look);
    const channelCard = this.#o.channelCard(card.incidentId);
    return renderPage(state, {
      ...look,
      recipient: card.destination.kind === 'user' ? card.destination.user : '',
      canHandOver: this.#o.canHandOver,
      ...(channelCard ? { card: channelCard } : {}),
    });
  }

  async #edit(
    entry: OutboxEntry,
    ref: MessageRef,
    message: SlackMessage,
    signal: AbortSignal,
  ): Promise<SlackResult<string>> {
    const key = `${ref.channel}:${ref.ts}`;
    const content = JSON.stringify(message);
    if (this.#standing.get(key) === content) return { kind: 'ok', value: 'unchanged' };
    // Until Slack has said yes nobody knows what stands there.
    this.#standing.delete(key);
    const result = await this.#simpler(entry, message, signal, (version) => this.#o.client.update(ref, version));
    if (result.kind === 'failed') return result;
    this.#remember(key, content);
    return { kind: 'ok', value: 'edited' };
  }

  async #postCard(entry: OutboxEntry, found: Found, signal: AbortSignal, lostBy?: string): Promise<SendResult> {
    const { card } = found;
    const mark = markOf(card);
    const message = this.#render(found);
    const earlier = card.replaces && lostBy !== 'message_not_found' ? card.replaces : undefined;
    const said = earlier ? withEarlier(message, earlier) : message;
    const adopted = await this.#adopt(entry, card.destination, mark, signal);
    if (adopted) {
      this.#o.cards.posted(card.id, adopted);
      const edited = await this.#edit(entry, adopted, said, signal);
      return edited.kind === 'ok' ? { kind: 'sent', detail: 'adopted' } : sendResult(edited);
    }
    if (entry.ambiguous) this.#o.enqueue(twinDraft(entry, card));
    const result = await this.#simpler(entry, said, signal, (version) =>
      this.#o.client.postMessage(addressOf(card.destination), version, { mark }),
    );
    if (result.kind === 'failed') return sendResult(result);
    failPoint('card.posted');
    this.#o.cards.posted(card.id, result.value);
    this.#remember(`${result.value.channel}:${result.value.ts}`, JSON.stringify(said));
    return { kind: 'sent', detail: 'posted' };
  }

  /** A line in the card's thread, or a message of its own. */
  async line(entry: OutboxEntry, signal: AbortSignal): Promise<SendResult> {
    const payload = LINE_PAYLOAD.safeParse(entry.payload);
    if (!payload.success) return malformed(payload.error);
    const { cardId, line, broadcast, to } = payload.data;
    const found = this.#cardAndState(cardId);
    if (!found?.state) return { kind: 'rejected', scope: 'content', reason: 'no such card' };
    const { card, state } = found;
    const message = fit(renderLine(line, state, this.#o));
    const mark: MessageMark = { type: 'watchroom_line', id: entry.id };
    if (to) return await this.#say(entry, to, message, { mark }, signal);
    if (!card.ref) {
      // Rows of one card go in their order, so the one that should have posted it was given up, and the next one waits behind this
      // line. That post may have been taken all the same.
      const posted = await this.#postCard({ ...entry, ambiguous: true }, found, signal);
      return posted.kind === 'sent'
        ? { kind: 'retry', reason: 'its card had to be posted first', afterMs: AFTER_CARD_MS }
        : posted;
    }
    const place = { threadTs: card.ref.ts, broadcast, mark };
    const result = await this.#say(entry, { kind: 'channel', channel: card.ref.channel }, message, place, signal);
    if (result.kind !== 'retry' || !result.reason.startsWith('thread_not_found')) return result;
    this.#o.cards.lost(cardId, 'thread_not_found');
    return await this.#say(entry, card.destination, message, { mark }, signal);
  }

  /** A notice that belongs to no card. */
  async message(entry: OutboxEntry, signal: AbortSignal): Promise<SendResult> {
    const payload = MESSAGE_PAYLOAD.safeParse(entry.payload);
    if (!payload.success) return malformed(payload.error);
    const { destination, text, blocks } = payload.data;
    // Whoever put it in has escaped what is data: that is the contract of this kind.
    const said = text as Mrkdwn;
    const message: SlackMessage = {
      text: said,
      blocks: (blocks as readonly Block[] | undefined) ?? [
        { type: 'section', text: { type: 'mrkdwn', text: said.slice(0, 3000) as Mrkdwn, verbatim: true } },
      ],
    };
    return await this.#say(entry, destination, message, { mark: { type: 'watchroom_line', id: entry.id } }, signal);
  }

  async #say(
    entry: OutboxEntry,
    to: CardDestination,
    message: SlackMessage,
    place: { readonly threadTs?: string; readonly broadcast?: boolean; readonly mark: MessageMark },
    signal: AbortSignal,
  ): Promise<SendResult> {
    if (await this.#adopt(entry, to, place.mark, signal, place.threadTs)) return { kind: 'sent', detail: 'adopted' };
    const result = await this.#simpler(entry, message, signal, (version) =>
      this.#o.client.postMessage(addressOf(to), version, place),
    );
    return result.kind === 'ok' ? { kind: 'sent', detail: 'posted' } : sendResult(result);
  }

  /** After an attempt that may have taken effect: the message that bears our mark, where the history may be read. */
  async #adopt(
    entry: OutboxEntry,
    to: CardDestination,
    mark: MessageMark,
    signal: AbortSignal,
    threadTs?: string,
  ): Promise<MessageRef | undefined> {
    if (!entry.ambiguous || signal.aborted) return undefined;
    const channel = await this.#channelId(to);
    if (channel === undefined) return undefined;
    const history = await this.#o.client.marked(channel, entry.createdAt - LOOK_BACK_MS, threadTs);
    if (history.kind === 'failed') return undefined;
    return history.value.find((found) => found.mark.type === mark.type && found.mark.id === mark.id)?.ref;
  }

  async #channelId(to: CardDestination): Promise<string | undefined> {
    const name = addressOf(to);
    if (/^[CGD][A-Z0-9]{2,}$/.test(name)) return name;
    const known = this.#channelIds.get(name);
    if (known !== undefined) return known;
    const { client } = this.#o;
    const result = to.kind === 'user' ? await client.openDm(to.user) : await client.findChannel(name);
    if (result.kind === 'failed') return undefined;
    this.#channelIds.set(name, result.value);
    return result.value;
  }

  /** An alert is never lost to a block: refused content is sent at once with the oldest blocks, and the next attempt is text alone. */
  async #simpler<T>(
    entry: OutboxEntry,
    message: SlackMessage,
    signal: AbortSignal,
    call: (version: SlackMessage) => Promise<SlackResult<T>>,
  ): Promise<SlackResult<T>> {
    const versions = entry.degraded ? [textOnly(message)] : [message, minimal(message)];
    const unknownTo = async (failed: SlackFailure): Promise<SlackResult<T>> => {
      if (entry.attempts < UNKNOWN_TEXT_FROM || signal.aborted) return failed;
      const last = entry.degraded ? failed : await call(textOnly(message));
      const isOver = entry.attempts >= UNKNOWN_ATTEMPTS;
      return last.kind === 'failed' && last.class === 'unknown' && isOver ? { ...last, class: 'content' } : last;
    };
    let result: SlackResult<T> = ABORTED;
    for (const version of versions) {
      if (signal.aborted) return ABORTED;
      result = await call(version);
      if (result.kind === 'ok') return result;
      if (result.class === 'unknown') return await unknownTo(result);
      if (result.class !== 'content') return result;
    }
    return result;
  }

  #remember(key: string, content: string): void {
    if (this.#standing.size >= MOST_REMEMBERED) this.#standing.clear();
    this.#standing.set(key, content);
  }
}

const ABORTED: SlackFailure = { kind: 'failed', class: 'ambiguous', code: 'timeout' };

function addressOf(destination: CardDestination): string {
  return destination.kind === 'channel' ? destination.channel : destination.user;
}

function malformed(error: z.ZodError): SendResult {
  return { kind: 'rejected', scope: 'content', reason: `malformed payload: ${z.prettifyError(error).slice(0, 300)}` };
}
