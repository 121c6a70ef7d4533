import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { configText } from '../../src/api/alertmanager/config-text.ts';
import { DocumentError } from '../../src/document/position.ts';
import { parseYaml } from '../../src/document/yaml.ts';
import { type LoadedRouting, loadRouting } from '../../src/routing/schema.ts';
import { Houses } from './house.ts';

const houses = new Houses();
afterEach(houses.close);

const load = (text: string, slackToken = false): LoadedRouting =>
  loadRouting(parseYaml(text, 'am.yml'), { slackToken });

describe('the status', () => {
  it('has the fields of Alertmanager, and says whose API this is and who we are', async () => {
    const house = await houses.open();
    expect((await house.get('/api/v2/status')).json).toEqual({
      cluster: { peers: [], status: 'disabled' },
      config: { original: expect.stringContaining('receiver: team') },
      uptime: '2026-11-16T10:00:00.000Z',
      versionInfo: {
        branch: 'watchroom',
        buildDate: '',
        buildUser: '',
        goVersion: '',
        revision: 'watchroom test',
        version: '0.25.0',
      },
    });
    expect((await house.get('/api/v2/receivers')).json).toEqual([{ name: 'team' }, { name: 'pager' }]);
  });
});

describe('the configuration as shown', () => {
  it('holds no secret, wherever one may stand', () => {
    const text = `
global:
  slack_api_url: https://hooks.slack.com/services/CANARY
  smtp_auth_password: CANARY
  opsgenie_api_key: CANARY
  http_config: { proxy_url: 'http://user:CANARY@proxy:3128', basic_auth: { username: u, password: CANARY } }
route: { receiver: r, routes: [{ receiver: r, match: { token: visible, api_key: seen } }] }
receivers:
- name: r
  slack_configs: [{ channel: '#a', api_url: 'https://hooks.slack.com/services/CANARY' }]
  pagerduty_configs: [{ routing_key: CANARY, details: { secret: '{{ .Labels }}' } }, { service_key: CANARY }]
  webhook_configs:
  - url: https://example.com/hook/CANARY?x=CANARY
    http_config: { oauth2: { client_id: c, client_secret: CANARY, token_url: 'https://x/t' } }
  - { url: 'https://u:CANARY@example.com/', http_config: { authorization: { credentials: CANARY } } }
  - url: https://plain.example.com/
  email_configs: [{ to: a@example.com, from: b@example.com, smarthost: 'm:25', auth_password: CANARY, auth_secret: CANARY }]
  telegram_configs: [{ bot_token: CANARY, chat_id: 1 }]
  pushover_configs: [{ user_key: CANARY, token: CANARY }]
  discord_configs: [{ webhook_url: 'https://discord/CANARY' }]
`;
    const shown = configText(load(text));
    expect(shown).not.toContain('CANARY');
    expect(shown).toContain('token: visible');
    expect(shown).toContain('api_key: seen');
    expect(shown).toContain('https://plain.example.com/');
    expect(() => load(shown)).not.toThrow();
  });

  it('means the same when it is read again', () => {
    const text = `
route:
  receiver: r
  group_by: ['...']
  routes:
  - { receiver: r, matchers: ['version="1.10"', 'a=~"x|y"', "q='z'"], continue: yes, mute_time_intervals: [n] }
  - { receiver: 'null', match: { version: 1.10, flag: true, empty: '', note: "a: b # c\\u0001\\u2028" }, match_re: { m: "\\\\d+" } }
receivers: [{ name: r, webhook_configs: [{ url: 'http://x/', max_alerts: 5 }] }, { name: 'null' }]
time_intervals: [{ name: n, time_intervals: [{ times: [{ start_time: '09:00', end_time: '17:00' }], days_of_month: ['-1'], location: Asia/Kolkata }] }]
`;
    const before = load(text);
    const after = load(configText(before));
    const matchers = ({ config }: LoadedRouting) =>
      config.root.routes.map((route) => route.matchers.map((m) => `${m.name}${m.operator}${m.value}`));
    expect(matchers(after)).toEqual(matchers(before));
    expect(matchers(after)[1]).toContain('version=1.10');
    expect(after.config.root.routes.map((route) => [route.receiver, route.continue, route.muteTimeIntervals])).toEqual(
      before.config.root.routes.map((route) => [route.receiver, route.continue, route.muteTimeIntervals]),
    );
    expect(after.config.timeIntervals).toEqual(before.config.timeIntervals);
    expect(configText(after)).toBe(configText(before));
  });

  it('names a placeholder where the bot posts with its own token and needs no Slack URL', () => {
    const text = 'route: { receiver: r }\nreceivers: [{ name: r, slack_configs: [{ channel: "#a" }] }]\n';
    expect(() => load(text)).toThrow(DocumentError);
    const shown = configText(load(text, true));
    expect(shown).toContain('slack_api_url: "<secret>"');
    expect(() => load(shown)).not.toThrow();
  });

  const folder = resolve(import.meta.dirname, '../../../shared/conformance/alertmanager');
  if (!existsSync(folder))
    console.warn('SKIPPED: no Alertmanager configurations beside this checkout to print and read again');
  it.runIf(existsSync(folder))("reads back for each of Alertmanager's own test files that loads", () => {
    let read = 0;
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.yml'))) {
      let routing: LoadedRouting;
      try {
        routing = load(readFileSync(resolve(folder, name), 'utf8'), true);
      } catch (error) {
        expect(error, name).toBeInstanceOf(DocumentError);
        continue;
      }
      const again = load(configText(routing));
      expect([name, configText(again)]).toEqual([name, configText(routing)]);
      read += 1;
    }
    expect(read).toBeGreaterThan(5);
  });
});
