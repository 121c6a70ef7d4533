import { svgToPng } from '../chart/png.ts';
import { chartSvg } from '../chart/svg.ts';
import type { Notifier } from '../delivery/notifier.ts';
import type { OutboxDraft, SendResult } from '../delivery/outbox.ts';
import type { Card, CardBook } from '../incident/card.ts';
import type { SlackClient } from '../slack/client.ts';
import { sendResult } from '../slack/failure.ts';
import type { Wording } from '../slack/view/words.ts';
import type { Clock } from '../time/clock.ts';
import { type Notice, noticeOf } from './notice.ts';
import { CARD_PAYLOAD } from './slack-payload.ts';

export interface SlackChartOptions extends Wording {
  readonly client: Pick<SlackClient, 'upload'>;
  readonly cards: Pick<CardBook, 'card' | 'state'>;
  /** Domain time. */
  readonly clock: Clock;
}

export const SLACK_CHART = 'slack.chart';
/** A picture that is late by more shows the past. */
const TIME_TO_LIVE_MS = 600_000;
const WAIT_FOR_CARD_MS = 2000;

/** The chart of a card that was just posted, for its thread. A destination of its own, so that no card ever waits for a picture. */
export function slackChartDraft(card: Card, causedAt: number): OutboxDraft {
  const channel = card.destination.kind === 'channel' ? card.destination.channel : card.destination.user;
  return {
    kind: SLACK_CHART,
    destination: `${SLACK_CHART}:${channel}`,
    payload: { cardId: card.id },
    priority: 'P4',
    coalesceKey: `${SLACK_CHART}:${card.id}`,
    causedAt,
    timeToLiveMs: TIME_TO_LIVE_MS,
  };
}

/** Uploads charts. Nothing depends on one: what fails for good, or may stand already, is not tried again. */
export function createSlackChart(options: SlackChartOptions): Notifier {
  return {
    kind: SLACK_CHART,
    budgets: () => [{ key: SLACK_CHART, perMinute: 20, burst: 4 }],
    async send(entry) {
      const payload = CARD_PAYLOAD.safeParse(entry.payload);
      const card = payload.success ? options.cards.card(payload.data.cardId) : undefined;
      const now = options.clock.now();
      const state = card && options.cards.state(card.id, now);
      if (!card || !state) return given('no such card');
      if (entry.ambiguous) return given('it may stand already');
      if (!card.ref) return { kind: 'retry', reason: 'the card does not stand yet', afterMs: WAIT_FOR_CARD_MS };
      const notice = noticeOf(state, { ...options, now });
      const bytes = await picture(notice);
      if (!bytes) return { kind: 'sent', detail: 'nothing to draw' };
      const { channel, ts } = card.ref;
      const result = await options.client.upload(
        { channel, threadTs: ts },
        { filename: 'trend.png', title: notice.chart?.title ?? notice.subject, alt: altText(notice), bytes },
      );
      if (result.kind === 'ok') return { kind: 'sent', detail: 'uploaded' };
      // A missing scope is no reason to hold back cards, nor to try this picture again.
      const read = sendResult(result);
      return read.kind === 'retry' && !read.ambiguous ? read : given(result.code);
    },
  };
}

function given(reason: string): SendResult {
  return { kind: 'rejected', scope: 'content', reason };
}

async function picture({ chart }: Notice): Promise<Buffer | undefined> {
  const svg = chart && chartSvg(chart);
  if (svg === undefined) return undefined;
  try {
    return await svgToPng(svg);
  } catch {
    return undefined;
  }
}

function altText(notice: Notice): string {
  return `${notice.subject}: ${notice.measure}, ${notice.extremes}. ${notice.trendSpan}: ${notice.trend}`;
}
