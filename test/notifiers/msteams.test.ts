import { afterEach, describe, expect, it } from 'vitest';
import { PLAIN_HTTP } from '../../src/delivery/http-config.ts';
import type { MsteamsConfig } from '../../src/delivery/receiver.ts';
import type { CardState } from '../../src/incident/card.ts';
import { createMsteams, msteamsDraft } from '../../src/notifiers/msteams.ts';
import { noticeOf } from '../../src/notifiers/notice.ts';
import { factsOfNotification, readReceiverTemplates } from '../../src/notifiers/receiver-templates.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { firing, group, look, resolved } from '../slack/card-states.ts';
import { AT, alert, entryOf, notification, receiver } from './harness.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const DEFAULTS = {
  title: '{{ template "msteamsv2.default.title" . }}',
  summary: '{{ template "msteamsv2.default.summary" . }}',
  text: '{{ template "msteamsv2.default.text" . }}',
  http: PLAIN_HTTP,
};
const TEMPLATES = readReceiverTemplates([]);
const TOLD = {
  ...notification('webhook', [alert({ alertname: 'HighLatency', model_name: 'fraud-detector' })]),
  integration: { receiver: 'ml-teams', kind: 'msteams', index: 0 },
} as const;

function draftOf(state: CardState, version: 1 | 2 = 2, more: Partial<MsteamsConfig> = {}) {
  const facts = factsOfNotification({ ...TOLD, receiver: 'ml-teams' }, 'http://watchroom.example');
  return msteamsDraft({
    config: { webhookUrl: { kind: 'inline', value: '' }, version, ...DEFAULTS, ...more },
    notification: TOLD,
    notice: noticeOf(state, look),
    priority: state.priority,
    expand: (text) => TEMPLATES.expand(text, facts, AT),
  });
}

function messageOf(draft: ReturnType<typeof draftOf>): unknown {
  return (draft.payload as { message: unknown }).message;
}

async function desk(answer: Parameters<typeof receiver>[0], version: 1 | 2 = 2) {
  const hook = await receiver(answer);
  closers.push(hook.close);
  const url = `${hook.url}/workflows/s3cr3t/triggers/manual`;
  const notifier = createMsteams({
    configOf: () => ({ webhookUrl: { kind: 'inline', value: url }, version, ...DEFAULTS }),
    secret: (source) => (source.kind === 'inline' ? source.value : ''),
    wire: new ManualClock(AT),
  });
  const send = (draft = draftOf(firing, version)) => notifier.send(entryOf(draft), new AbortController().signal);
  return { hook, send, notifier };
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

describe('the card in Teams', () => {
  it.each([
    ['firing', firing, 2],
    ['resolved', resolved, 2],
    ['group', group, 2],
    ['connector', firing, 1],
  ] as const)('%s', async (name, state, version) => {
    await expect(json(messageOf(draftOf(state, version)))).toMatchFileSnapshot(`../golden/msteams/${name}.json`);
  });

  it('carries the receiver’s own title and text, and ours where they are broken', () => {
    const own = json(
      messageOf(draftOf(firing, 2, { title: 'ML: {{ .CommonLabels.model_name }}', text: 'see *below*' })),
    );
    expect(own).toContain('"ML: fraud-detector"');
    expect(own).toContain('see *below*');
    expect(json(messageOf(draftOf(firing, 2, { title: '{{ .Nope }}' })))).toContain('p99 latency 412 ms');
  });

  it('stays below what Teams takes, and loses the facts last', () => {
    const long = 'я'.repeat(3000);
    const members = Array.from({ length: 100 }, (_, i) => ({
      fingerprint: `${i}`,
      label: long,
      state: 'firing' as const,
    }));
    const state = { ...firing, summary: long, description: long, alertName: long, model: long, team: long, members };
    for (const version of [1, 2] as const) {
      const text = JSON.stringify(messageOf(draftOf(state, version, { text: 'x'.repeat(60_000) })));
      expect(Buffer.byteLength(text)).toBeLessThan(28_000);
      expect(text).toContain('412 ms > 200 ms');
    }
  });

  it('makes no link and no tag of a label value', () => {
    const evil = '[x](http://evil.example) <at>everyone</at> ![i](http://evil.example/i.png)';
    const text = JSON.stringify(
      messageOf(draftOf({ ...firing, alertName: evil, model: evil, summary: evil, description: evil })),
    );
    expect(text).not.toMatch(/\]\(http|<at>/);
    expect(JSON.stringify(messageOf(draftOf({ ...firing, runbookUrl: 'javascript:x' })))).not.toContain('javascript');
  });
});

describe('calling Teams', () => {
  it.each([
    [202, '', { kind: 'sent' }],
    [200, '', { kind: 'sent' }],
    [429, '', { kind: 'retry' }],
    [502, '', { kind: 'retry', ambiguous: true }],
    [400, 'bad card', { kind: 'rejected', scope: 'content' }],
    [413, '', { kind: 'rejected', scope: 'content' }],
    [401, '', { kind: 'rejected', scope: 'destination' }],
    [404, 'the workflow is gone', { kind: 'rejected', scope: 'destination' }],
  ] as const)('HTTP %i is read as what it is', async (status, body, result) => {
    const { send } = await desk(() => ({ status, body }));
    expect(await send()).toMatchObject(result);
  });

  it('waits as long as it is asked to', async () => {
    const { send } = await desk(() => ({ status: 429, headers: { 'retry-after': '17' } }));
    expect(await send()).toMatchObject({ kind: 'retry', afterMs: 17_000 });
  });

  it.each([
    ['429', { kind: 'retry' }],
    ['413', { kind: 'rejected', scope: 'content' }],
    ['404', { kind: 'rejected', scope: 'destination' }],
  ] as const)('a connector that answers 200 but was answered %s has sent nothing', async (status, result) => {
    const body = `Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error ${status} with ContextId x`;
    const { send } = await desk(() => ({ status: 200, body }), 1);
    expect(await send()).toMatchObject(result);
  });

  it.each([1, 2] as const)('a card that is refused (version %i) is sent again as one line of text', async (version) => {
    const { hook, send, notifier } = await desk(() => ({ status: 202 }), version);
    const draft = draftOf(firing, version);
    await send({ ...draft, payload: notifier.degrade?.(entryOf(draft)) });
    expect(hook.received[0]?.text).toContain('p99 latency 412 ms > 200 ms');
    expect(hook.received[0]?.text).not.toMatch(/FactSet|sections/);
  });

  it('keeps the address out of every reason: it is the secret', async () => {
    const { send } = await desk(() => ({ status: 400, body: 'no such path /workflows/s3cr3t/triggers/manual' }));
    expect(JSON.stringify(await send())).not.toContain('s3cr3t');
  });
});
