import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutboxDraft } from '../../src/delivery/outbox.ts';
import { pagerdutyDraft } from '../../src/notifiers/pagerduty.ts';
import { NO_TEXTS, pagerdutyEvent } from '../../src/notifiers/pagerduty-event.ts';
import { webhookDraft } from '../../src/notifiers/webhook.ts';
import { webhookMessage } from '../../src/notifiers/webhook-message.ts';
import { group, latency, notification, T0 } from '../incident/incident-world.ts';
import { FALLBACK, OPERATIONS, openDesk, openTown, type Town } from './slack-desk.ts';

const HOUR = 3_600_000;

let town: Town;
beforeAll(async () => {
  town = await openTown();
});
afterAll(() => town.close());

type Answer = ReturnType<Town['answer']>;
const status = (code: number, headers: Record<string, string> = {}): Answer => ({ status: code, headers });

interface FaultCase {
  readonly name: string;
  readonly answer: Answer;
  /** When the call is made again, from the first on. */
  readonly again: readonly number[];
}

const fault = (name: string, answer: Answer, again: readonly number[]): FaultCase => ({ name, answer, again });

const FAULTS: readonly FaultCase[] = [
  fault('202', status(202), []),
  fault('200', status(200), []),
  fault('400', status(400), []),
  fault('401', status(401), []),
  fault('403', status(403), []),
  fault('404', status(404), []),
  fault('410', status(410), []),
  fault('408', status(408), [500]),
  fault('429 for half a minute', status(429, { 'retry-after': '30' }), [30_000]),
  fault('429 for an hour', status(429, { 'retry-after': '3600' }), [3_600_000]),
  fault('429 that names no time', status(429), [500]),
  fault('429 that names nonsense', status(429, { 'retry-after': 'soon' }), [500]),
  fault('500', status(500), [500]),
  fault('502', status(502), [500]),
  fault('503', status(503), [500]),
  fault('504', status(504), [500]),
  fault('a connection cut after it was written', 'cut', [500]),
];

/** PagerDuty gets the essentials of what it refused at once, and a pause where it names none. */
const FOR_PAGERDUTY: Readonly<Record<string, readonly number[]>> = {
  '400': [0],
  '429 that names no time': [60_000],
  '429 that names nonsense': [60_000],
};

const ENDS_AT_ONCE = /^(401|403|404|410)$/;

const facts = {
  alertName: 'ModelLatencyP99High',
  model: 'fraud-detector',
  version: '',
  environment: 'production',
  region: '',
  priority: 'P1',
  severity: 'critical',
  metric: '',
  description: '',
  runbookUrl: '',
  dashboardUrl: '',
  startedAt: T0,
} as const;

function draftOf(kind: 'pagerduty' | 'webhook'): OutboxDraft {
  if (kind === 'pagerduty') {
    const event = pagerdutyEvent(facts, NO_TEXTS);
    const integration = { receiver: 'page', kind, index: 0 } as const;
    return pagerdutyDraft(
      { action: 'trigger', dedupKey: 'key-1', event },
      { integration, priority: 'P1', causedAt: T0 },
    );
  }
  const integration = { receiver: 'hook', kind, index: 0 } as const;
  const said = { ...notification(group([latency()]), T0), integration };
  return webhookDraft(webhookMessage(said, { externalUrl: 'http://127.0.0.1', maxAlerts: 0 }), {
    integration,
    priority: 'P1',
    causedAt: T0,
  });
}

const selfAlerts = (): number =>
  [FALLBACK, OPERATIONS]
    .flatMap((channel) => town.workspace.state.messages(channel.slice(1)))
    .filter((message) => JSON.stringify(message).includes('was not reached')).length;

describe.each(['pagerduty', 'webhook'] as const)('a row for %s', (kind) => {
  const path = kind === 'pagerduty' ? '/v2/enqueue' : '/hook';
  const meet = async (answer: Answer, times: number) => {
    const desk = openDesk(town, town.client);
    let left = times;
    town.answer = (asked) => {
      if (asked !== path || left <= 0) return { status: 202 };
      left -= 1;
      return answer;
    };
    const id = desk.put(draftOf(kind));
    await desk.until(1.5 * HOUR);
    const own = town.requests.filter((request) => request.path === path);
    const waiting = desk.store.depth().filter(({ state }) => state === 'queued' || state === 'attempting');
    const entry = desk.store.entry(id);
    desk.close();
    return { state: entry?.state, reason: entry?.lastReason ?? '', at: own.map(({ at }) => at - T0), own, waiting };
  };

  it.each(FAULTS)('survives $name once', async ({ name, answer, again }) => {
    const { state, at, own, waiting } = await meet(answer, 1);
    const isOver = ENDS_AT_ONCE.test(name) || (name === '400' && kind === 'webhook');
    expect(state).toBe(isOver ? 'dead' : 'sent');
    const wanted = kind === 'pagerduty' ? (FOR_PAGERDUTY[name] ?? again) : again;
    expect(at).toEqual([0, ...wanted]);
    expect(waiting).toEqual([]);
    expect(selfAlerts()).toBe(isOver || name === '429 for an hour' ? 1 : 0);
    // However often it is called, PagerDuty opens one incident.
    if (kind === 'pagerduty') expect(new Set(own.map(({ body }) => body['dedup_key']))).toEqual(new Set(['key-1']));
  });

  it.each(FAULTS.filter(({ answer }) => answer === 'cut' || answer.status > 202))(
    'ends and is told when $name never ends',
    async ({ answer, again }) => {
      const { state, at, reason, waiting } = await meet(answer, Number.POSITIVE_INFINITY);
      expect(state).toBe('dead');
      if (answer !== 'cut') expect(reason).toContain(`HTTP ${answer.status}`);
      expect(waiting).toEqual([]);
      expect(at.length).toBeLessThanOrEqual(60);
      const [wait] = again;
      const gaps = at.slice(1).map((instant, index) => instant - (at[index] ?? 0));
      if (wait !== undefined) expect(gaps.every((gap) => gap >= wait)).toBe(true);
      // Late, and dead: each is said once.
      expect(selfAlerts()).toBeGreaterThanOrEqual(1);
      expect(selfAlerts()).toBeLessThanOrEqual(2);
    },
  );
});
