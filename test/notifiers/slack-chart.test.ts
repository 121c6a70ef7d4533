import { describe, expect, it } from 'vitest';
import type { Card } from '../../src/incident/card.ts';
import { createSlackChart, slackChartDraft } from '../../src/notifiers/slack-chart.ts';
import type { SlackResult } from '../../src/slack/client.ts';
import { failure } from '../../src/slack/failure.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { firing, look, NOW } from '../slack/card-states.ts';
import { entryOf } from './harness.ts';

const CARD: Card = {
  id: 'card_01',
  incidentId: firing.incidentId,
  episodeId: 'ep_1',
  destination: { kind: 'channel', channel: '#ml-alerts' },
  view: 'card',
  ref: { channel: 'C01', ts: '1.2' },
};

function desk(answer: SlackResult<undefined>, card: Card | undefined = CARD, state = firing) {
  const uploads: { place: object; alt: string; bytes: Buffer }[] = [];
  const notifier = createSlackChart({
    client: {
      upload: (place, { alt, bytes }) => {
        uploads.push({ place, alt, bytes });
        return Promise.resolve(answer);
      },
    },
    cards: { card: () => card, state: () => state },
    clock: new ManualClock(NOW),
    timezone: look.timezone,
    nameOf: look.nameOf,
  });
  const send = (more = {}) => notifier.send(entryOf(slackChartDraft(CARD, NOW), more), new AbortController().signal);
  return { uploads, send };
}

const OK: SlackResult<undefined> = { kind: 'ok', value: undefined };

describe('a chart for a card’s thread', () => {
  it('is uploaded below the card, with words for those who see no pictures', async () => {
    const { uploads, send } = desk(OK);
    expect(await send()).toMatchObject({ kind: 'sent' });
    expect(uploads[0]?.place).toEqual({ channel: 'C01', threadTs: '1.2' });
    expect(uploads[0]?.alt).toContain('412 ms > 200 ms');
    expect(uploads[0]?.bytes.subarray(1, 4).toString()).toBe('PNG');
  });

  it('goes another way than cards and never lives long: no alert waits for it', () => {
    const draft = slackChartDraft(CARD, NOW);
    expect(draft.destination).not.toBe('slack:#ml-alerts');
    expect(draft.priority).toBe('P4');
    expect(draft.timeToLiveMs).toBeLessThanOrEqual(600_000);
  });

  it('waits for a card that does not stand yet', async () => {
    const { ref: _, ...waiting } = CARD;
    expect(await desk(OK, waiting).send()).toMatchObject({ kind: 'retry' });
  });

  it.each(['missing_scope', 'invalid_auth', 'channel_not_found', 'fatal_error'])(
    'that Slack refuses with %s is given up, and opens no circuit',
    async (code) => {
      expect(await desk(failure(code)).send()).toMatchObject({ kind: 'rejected', scope: 'content' });
    },
  );

  it('is tried again where Slack is only busy', async () => {
    expect(await desk(failure('ratelimited', { retryAfterMs: 3000 })).send()).toMatchObject({
      kind: 'retry',
      afterMs: 3000,
    });
  });

  it('that may stand already is not sent twice', async () => {
    const { uploads, send } = desk(OK);
    expect((await send({ ambiguous: true })).kind).toBe('rejected');
    expect(uploads).toEqual([]);
  });

  it('is nothing where there is no trend', async () => {
    const { evidence: _, ...bare } = firing;
    const { uploads, send } = desk(OK, CARD, bare);
    expect(await send()).toMatchObject({ kind: 'sent', detail: 'nothing to draw' });
    expect(uploads).toEqual([]);
  });
});
