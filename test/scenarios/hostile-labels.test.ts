import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { command, done } from '../support/hands-on.ts';
import { MINUTE, startWorld, type World } from '../support/world.ts';

const ASHA = 'U01ALICE';
const EVIL = '<!channel> *bold* `code` <@U02BOB>';
/** Label sets of somebody who controls the labels: mentions, markup, direction overrides, sheer length. */
const SERIES: readonly Readonly<Record<string, string>>[] = [
  {
    model_name: EVIL,
    environment: '<!here|x>',
    region: '~s~ <https://evil.example|click>',
    team: '\u202egnp.exe',
    x: 'x'.repeat(1000),
  },
  { model_name: EVIL, environment: '<!here|x>', feature_name: '<!everyone> \u202eabc' },
  { model_name: 'm'.repeat(1000), model_version: '```', environment: 'production', team: '@here <#C01ML>' },
  { model_name: '$(rm -rf /); `id`', environment: 'staging', region: '> quote' },
];

const RULES = `groups:
- name: h
  rules:
  - alert: Hostile
    expr: hostile > 1
    labels: { severity: critical }
    annotations:
      summary: "{{ $labels.model_name }} is <!channel> *broken* <@U02BOB>"
      description: "Look at <https://evil.example|this> in {{ $labels.region }} and tell <!here>. {{ $labels.x }}"
      metric: "<!channel> m*e*tric"
      unit: "<@U02BOB>"
      runbook_url: "javascript:alert(1)"
      dashboard_url: "https://grafana.example.com/d/x?m={{ $labels.model_name }}"
`;

let world: World | undefined;
let target: Server | undefined;
const folder = mkdtempSync(join(tmpdir(), 'watchroom-hostile-'));
afterEach(async () => {
  await world?.close();
  target?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<World> {
  const quoted = (text: string): string => JSON.stringify(text).replaceAll('\\u202e', '\u202e');
  const lines = SERIES.map((labels) => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${quoted(value)}`);
    return `hostile{${pairs.join(',')}} 7\n`;
  });
  target = createServer((_, response) => response.setHeader('content-type', 'text/plain').end(lines.join('')));
  await new Promise<void>((listening) => target?.listen(0, '127.0.0.1', listening));
  const { port } = target.address() as AddressInfo;
  writeFileSync(join(folder, 'h.rules.yml'), RULES);
  const config = {
    rule_files: [join(folder, 'h.rules.yml')],
    scrape_configs: [{ job_name: 'h', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
    alertmanager_config: {
      route: { receiver: 'ml', group_by: ['alertname', 'model_name'], group_wait: '5s', repeat_interval: '30m' },
      receivers: [{ name: 'ml', slack_configs: [{ channel: '#ml-alerts', send_resolved: true }] }],
    },
  };
  world = await startWorld({ config });
  return world;
}

/** What a form's inputs hold, in which Slack reads no mention and no link, and what a form remembers unseen. */
const UNREAD: ReadonlySet<string> = new Set(['initial_value', 'values', 'privateMetadata']);

/** Everything that anybody was shown, as Slack got it. */
function everything({ workspace: { state } }: World): string {
  const messages = state.messages('ml-alerts');
  const threads = messages.flatMap(({ channel, ts }) => state.thread(channel, ts));
  const shown = [...messages, ...threads, ...state.dms(ASHA), ...state.ephemerals(ASHA)];
  const all = [shown.map(({ text, blocks }) => [text, blocks]), state.views(ASHA), state.home(ASHA)];
  return JSON.stringify(all, (key, value: unknown) => (UNREAD.has(key) ? '' : value));
}

describe('labels that somebody else controls', { timeout: 60_000 }, () => {
  it('mention nobody, link nowhere and break nothing, wherever they are shown', async () => {
    const w = await start();
    await w.pass(5 * MINUTE);
    const cards = w.workspace.state.messages('ml-alerts');
    expect(cards).toHaveLength(3);
    const on = (actionId: string, value?: string) => ({
      channel: 'C01ML',
      ts: cards[0]?.ts ?? '',
      actionId,
      ...(value !== undefined && { value }),
    });
    await done(w, w.workspace.act.click(ASHA, on('acknowledge')));
    await done(w, w.workspace.act.click(ASHA, on('resolve')));
    await done(w, w.workspace.act.click(ASHA, on('false_positive')));
    await done(w, w.workspace.act.click(ASHA, on('silence', '2 h')));
    await done(w, w.workspace.act.click(ASHA, on('silence', 'custom…')));
    for (const line of [
      'list',
      'silences',
      'show Hostile',
      'why Hostile',
      `show ${EVIL}`,
      `silence Hostile 2h ${EVIL}`,
    ])
      await command(w, ASHA, `/alert ${line}`);
    w.workspace.act.openHome(ASHA);
    await w.workspace.until((state) => state.home(ASHA) && state.views(ASHA).at(-1));
    await w.pass(35 * MINUTE);

    const shown = everything(w);
    expect(shown).toContain('&lt;!channel&gt;');
    // Our own words mention those who acted and the dates; nothing else in angle brackets reaches Slack.
    const tokens = [...shown.matchAll(/<[^>]{0,60}/g)].map(([token]) => token);
    expect(tokens.filter((token) => !/^<(?:@U01ALICE|!date\^|https:\/\/slack\.com\/archives\/)/.test(token))).toEqual(
      [],
    );
    expect(shown).not.toContain('\u202e');
    expect(shown).not.toContain('javascript:');
    expect(w.workspace.state.refused()).toEqual([]);
    expect(w.complaints).toEqual([]);
  });
});
