import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Alert, AlertCondition } from '../../src/alert/alert.ts';
import type { Notification } from '../../src/delivery/notification.ts';
import type { OutboxDraft, OutboxEntry } from '../../src/delivery/outbox.ts';
import { fingerprint } from '../../src/labels/fingerprint.ts';
import { Labels } from '../../src/labels/labels.ts';

export const AT = Date.UTC(2026, 10, 20, 5, 32);

export interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** A real server that answers what the test says and keeps what it was sent. */
export async function receiver(
  answer: (nth: number) => { status: number; body?: string; headers?: Record<string, string> },
): Promise<{ url: string; received: Received[]; close: () => Promise<void> }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      received.push({ headers: request.headers, text, body: JSON.parse(text) as Record<string, unknown> });
      const { status, body, headers } = answer(received.length);
      response.writeHead(status, headers).end(body ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export function alert(
  labels: Record<string, string>,
  more: { annotations?: Record<string, string>; condition?: AlertCondition; startsAt?: number } & Partial<
    Pick<Alert, 'evidence'>
  > = {},
): Alert {
  const set = Labels.of(labels);
  return {
    fingerprint: fingerprint(set),
    labels: set,
    annotations: Labels.of(more.annotations ?? {}),
    startsAt: more.startsAt ?? AT - 600_000,
    updatedAt: AT,
    condition: more.condition ?? { kind: 'firing' },
    generatorUrl: 'http://prometheus.example:9090/graph?g0.expr=up',
    source: { kind: 'api' },
    ...(more.evidence ? { evidence: more.evidence } : {}),
  };
}

export function notification(
  kind: 'pagerduty' | 'webhook',
  alerts: readonly Alert[],
  more: Partial<Notification> = {},
) {
  return {
    id: 'n1',
    integration: { receiver: 'ml-critical', kind, index: 0 },
    groupKey: '{}/{severity="critical"}:{alertname="HighLatency"}',
    groupLabels: Labels.of({ alertname: 'HighLatency' }),
    reason: 'first_notification',
    status: alerts.some((a) => a.condition.kind === 'firing') ? 'firing' : 'resolved',
    alerts,
    truncatedAlerts: 0,
    at: AT,
    ...more,
  } satisfies Notification;
}

export function entryOf(draft: OutboxDraft, more: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    ...draft,
    // As stored: JSON.
    payload: JSON.parse(JSON.stringify(draft.payload)) as unknown,
    id: '01JROWIDROWIDROWIDROWIDROW',
    attempts: 1,
    createdAt: AT,
    notBefore: AT,
    expiresAt: AT + 3_600_000,
    state: 'attempting',
    degraded: false,
    ambiguous: false,
    ...more,
  };
}
