import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/document/yaml.ts';
import { UserError } from '../../src/errors.ts';
import { loadRouting } from '../../src/routing/schema.ts';
import { Dice } from './alertmanager-scenarios.ts';

const present = spawnSync('amtool', ['--version']).status === 0;
if (!present) {
  const loud = 'SKIPPED: amtool is not installed; our reading of Alertmanager files is not compared with its own';
  if (process.env['WATCHROOM_REQUIRE_PEERS'] === '1') throw new Error(loud);
  console.error(loud);
}

const HEAD = `
route: { receiver: a, routes: [ %ROUTE% ] }
inhibit_rules: [ %INHIBIT% ]
time_intervals: [ { name: nights, time_intervals: [ %INTERVAL% ] } ]
global: { %GLOBAL% }
receivers:
- { name: a }
- { name: b, %RECEIVER% }
`;

/** Fragments, good and bad, for each place; the first of each is good and stands where another place is tried. */
const FRAGMENTS: Readonly<Record<string, readonly string[]>> = {
  ROUTE: [
    '{ receiver: b }',
    '{ receiver: c }',
    '{ receiver: "" }',
    '{}',
    '{ reciever: b }',
    '{ matchers: [ foo="bar" ] }',
    `{ matchers: [ 'foo="bar"', "baz=~'x'" ] }`,
    `{ matchers: [ 'foo = bar', ' a!=b ', 'c=~d.*', 'e!~"f|g"' ] }`,
    `{ matchers: [ '{foo="bar", x!="y",}' ] }`,
    `{ matchers: [ '{foo="bar"' ] }`,
    `{ matchers: [ 'foo="bar"}' ] }`,
    `{ matchers: [ '{}' ] }`,
    `{ matchers: [ '' ] }`,
    `{ matchers: [ 'foo' ] }`,
    `{ matchers: [ '=bar' ] }`,
    `{ matchers: [ 'foo=' ] }`,
    `{ matchers: [ 'foo=""' ] }`,
    `{ matchers: [ 'foo="a' ] }`,
    `{ matchers: [ 'foo=a"b' ] }`,
    `{ matchers: [ 'foo="a"b"' ] }`,
    `{ matchers: [ 'foo="a\\"b"' ] }`,
    `{ matchers: [ 'foo="a,b", c=d' ] }`,
    `{ matchers: [ 'foo=bar,,c=d' ] }`,
    `{ matchers: [ ',foo=bar' ] }`,
    `{ matchers: [ 'foo=~"("' ] }`,
    `{ matchers: [ 'foo=~"a(?=b)"' ] }`,
    `{ matchers: [ 'foo=~"[[:alpha:]]+\\\\.x"' ] }`,
    `{ matchers: [ 'foo=~"(?i)x{2,5}"' ] }`,
    `{ matchers: [ 'foo=~"x{2000}"' ] }`,
    `{ matchers: [ 'foo:bar="x"' ] }`,
    `{ matchers: [ '1foo="x"' ] }`,
    `{ matchers: foo="bar" }`,
    '{ match: { a: b } }',
    '{ match: { a: 2, b: true, c: 1.10 } }',
    '{ match: { a: } }',
    '{ match: { a-b: c } }',
    '{ match: { "1a": c } }',
    '{ match: [ a ] }',
    '{ match_re: { a: b.* } }',
    '{ match_re: { a: "(" } }',
    '{ match_re: { a: } }',
    '{ match_re: { "": x } }',
    '{ continue: true }',
    '{ continue: yes }',
    '{ continue: maybe }',
    '{ continue: 1 }',
    '{ group_by: [ a, b ] }',
    '{ group_by: [ a, a ] }',
    '{ group_by: [ "..." ] }',
    '{ group_by: [ "...", "..." ] }',
    '{ group_by: [ "...", a ] }',
    '{ group_by: [] }',
    '{ group_by: }',
    '{ group_by: a }',
    '{ group_by: [ "" ] }',
    '{ group_wait: 0s }',
    '{ group_wait: 0 }',
    '{ group_wait: 30 }',
    '{ group_wait: -5s }',
    '{ group_wait: 1.5s }',
    '{ group_wait: 1h30m }',
    '{ group_wait: 30m1h }',
    '{ group_wait: "" }',
    '{ group_wait: 1d12h }',
    '{ group_wait: 300y }',
    '{ group_interval: 0s }',
    '{ group_interval: 0ms }',
    '{ group_interval: 1ms }',
    '{ repeat_interval: 0s }',
    '{ repeat_interval: 999w }',
    '{ mute_time_intervals: [ nights ] }',
    '{ mute_time_intervals: [ days ] }',
    '{ active_time_intervals: [ nights, nights ] }',
    '{ active_time_intervals: [ days ] }',
    '{ routes: [ { receiver: b, routes: [ { receiver: c } ] } ] }',
    '{ routes: [ { matchers: [ x=y ] } ] }',
    '{ routes: [] }',
    '[]',
    '"b"',
  ],
  INHIBIT: [
    '{ source_matchers: [ a=b ], target_matchers: [ c=d ], equal: [ e ] }',
    '{ source_match: { a: b }, target_match_re: { c: d.* } }',
    '{ source_match: { "a b": c } }',
    '{ source_match_re: { a: "(" } }',
    '{ target_match_re: { a: } }',
    '{ source_matchers: [ a ] }',
    '{ equal: [ "" ] }',
    '{ equal: a }',
    '{}',
    '{ sources: [] }',
  ],
  INTERVAL: [
    '{}',
    "{ times: [ { start_time: '09:00', end_time: '17:00' } ] }",
    "{ times: [ { start_time: '09:00', end_time: '24:00' } ] }",
    "{ times: [ { start_time: '24:00', end_time: '24:00' } ] }",
    "{ times: [ { start_time: '17:00', end_time: '09:00' } ] }",
    "{ times: [ { start_time: '9:00', end_time: '17:00' } ] }",
    "{ times: [ { start_time: '09:60', end_time: '17:00' } ] }",
    "{ times: [ { start_time: '09:00' } ] }",
    '{ times: [] }',
    "{ weekdays: [ monday:friday, 'sunday' ] }",
    "{ weekdays: [ 'Monday:Friday' ] }",
    "{ weekdays: [ 'friday:monday' ] }",
    "{ weekdays: [ 'mon' ] }",
    "{ weekdays: [ 'monday:' ] }",
    "{ weekdays: [ '1:5' ] }",
    "{ weekdays: [ 'a:b:c' ] }",
    "{ days_of_month: [ '1:5', '-3:-1', '15' ] }",
    '{ days_of_month: [ 1 ] }',
    "{ days_of_month: [ '0' ] }",
    "{ days_of_month: [ '32' ] }",
    "{ days_of_month: [ '-32:-1' ] }",
    "{ days_of_month: [ '-1:1' ] }",
    "{ days_of_month: [ '1:-1' ] }",
    "{ days_of_month: [ '5:1' ] }",
    "{ days_of_month: [ '30:-5' ] }",
    "{ days_of_month: [ '-1:-5' ] }",
    "{ months: [ 'january:march', '12', 'May' ] }",
    "{ months: [ 'march:january' ] }",
    "{ months: [ '13' ] }",
    "{ months: [ 'jan' ] }",
    "{ years: [ '2026:2030', 2031 ] }",
    "{ years: [ '2030:2026' ] }",
    "{ years: [ 'x' ] }",
    "{ location: 'Asia/Kolkata' }",
    "{ location: 'UTC' }",
    "{ location: 'Local' }",
    "{ location: 'Mars/Olympus' }",
    "{ location: '' }",
    "{ time_zone: 'UTC' }",
  ],
  GLOBAL: [
    'resolve_timeout: 5m',
    'resolve_timeout: x',
    'resolve_timeout: 5',
    "slack_api_url: 'https://hooks.slack.com/services/x'",
    "slack_api_url: 'hooks.slack.com'",
    "slack_api_url: 'ftp://x/y'",
    "slack_api_url: 'https://'",
    "slack_api_url: 'https://x/', slack_api_url_file: /x",
    'opsgenie_api_key: a, opsgenie_api_key_file: b',
    'victorops_api_key: a, victorops_api_key_file: b',
    "smtp_smarthost: 'localhost:25'",
    "smtp_smarthost: 'localhost'",
    "smtp_smarthost: 'localhost:'",
    "smtp_smarthost: '[::1]:25'",
    "smtp_smarthost: '::1:25'",
    "smtp_smarthost: ':25'",
    "smtp_smarthost: ''",
    'smtp_require_tls: no',
    'smtp_require_tls: x',
    "pagerduty_url: 'http://127.0.0.1/'",
    'unknown: 1',
    "http_config: { proxy_url: 'http://x:1' }",
    'http_config: { follow_redirects: off }',
    'http_config: { bearer_token: a, bearer_token_file: b }',
    'http_config: { bearer_token: a, basic_auth: { username: u } }',
    'http_config: { basic_auth: { username: u, password: p, password_file: f } }',
    'http_config: { authorization: { type: Basic, credentials: x } }',
    'http_config: { authorization: { credentials: x, credentials_file: y } }',
    'http_config: { authorization: { credentials: x }, bearer_token: y }',
    'http_config: { oauth2: { client_id: a, client_secret: b, token_url: c }, bearer_token: y }',
    'http_config: { nonsense: x }',
  ],
  RECEIVER: [
    "webhook_configs: [ { url: 'http://127.0.0.1/' } ]",
    'webhook_configs: [ { } ]',
    "webhook_configs: [ { url: '127.0.0.1' } ]",
    "webhook_configs: [ { url: 'http://x/', max_alerts: 5, send_resolved: false } ]",
    "webhook_configs: [ { url: 'http://x/', max_alerts: -5 } ]",
    "webhook_configs: [ { url: 'http://x/', max_alerts: many } ]",
    "webhook_configs: [ { url: 'http://x/', maxalerts: 1 } ]",
    'webhook_configs: []',
    'webhook_configs:',
    'slack_configs: [ { channel: x } ]',
    "slack_configs: [ { api_url: 'https://x/', channel: '#x', title: t, short_fields: true } ]",
    "slack_configs: [ { api_url: 'https://x/', api_url_file: y } ]",
    'slack_configs: [ { api_url_file: y } ]',
    "slack_configs: [ { api_url: 'https://x/', fields: [ { title: a } ] } ]",
    "slack_configs: [ { api_url: 'https://x/', fields: [ { title: a, value: 1, short: false } ] } ]",
    "slack_configs: [ { api_url: 'https://x/', actions: [ { type: button, text: t } ] } ]",
    "slack_configs: [ { api_url: 'https://x/', actions: [ { type: button, text: t, url: u } ] } ]",
    "slack_configs: [ { api_url: 'https://x/', actions: [ { text: t, url: u } ] } ]",
    "slack_configs: [ { api_url: 'https://x/', actions: [ { type: button, text: t, name: n, confirm: { title: x } } ] } ]",
    "slack_configs: [ { api_url: 'https://x/', mrkdwn_in: [ text ] } ]",
    'pagerduty_configs: [ { } ]',
    'pagerduty_configs: [ { routing_key: x, details: { a: 1, b: "{{ .X }}" } } ]',
    'pagerduty_configs: [ { service_key: x, severity: critical, images: [ { src: a } ], links: [ { href: b } ] } ]',
    "pagerduty_configs: [ { routing_key: x, url: 'not a url' } ]",
    'email_configs: [ { to: a@example.com } ]',
    "email_configs: [ { to: a@example.com, from: b@example.com, smarthost: 'x:25' } ]",
    "email_configs: [ { from: b@example.com, smarthost: 'x:25' } ]",
    "email_configs: [ { to: a, from: b, smarthost: 'x:25', headers: { subject: s, Subject: t } } ]",
    "email_configs: [ { to: a, from: b, smarthost: 'x:25', headers: { Subject: s }, require_tls: false, html: '', text: x } ]",
    "email_configs: [ { to: a, from: b, smarthost: 'x' } ]",
    'nonsense_configs: []',
  ],
};

/** Places where we read more than 0.25 does, or less, on purpose: each with its reason. */
const ON_PURPOSE: readonly { readonly fragment: RegExp; readonly why: string }[] = [
  { fragment: /'1foo="x"'/, why: 'the UTF-8 grammar of later releases reads it' },
];

function fill(choice: Readonly<Record<string, string>>): string {
  return HEAD.replaceAll(/%(\w+)%/g, (_, place: string) => choice[place] ?? FRAGMENTS[place]?.[0] ?? '');
}

interface Variant {
  readonly name: string;
  readonly text: string;
}

function variants(): Variant[] {
  const single = Object.entries(FRAGMENTS).flatMap(([place, list]) =>
    list.map((fragment) => ({ name: `${place} ${fragment}`, text: fill({ [place]: fragment }) })),
  );
  const mixed = Array.from({ length: 150 }, (_, index) => {
    const dice = new Dice(index);
    const choice = Object.fromEntries(
      Object.entries(FRAGMENTS).map(([place, list]) => [place, dice.chance(0.4) ? dice.pick(list) : (list[0] ?? '')]),
    );
    return { name: JSON.stringify(choice), text: fill(choice) };
  });
  return [...single, ...mixed, ...WHOLE.map((text) => ({ name: text, text }))];
}

const WHOLE = [
  '',
  '# only a comment',
  'null',
  '[]',
  'route:\nreceivers: []',
  'route: {}\nreceivers: [{ name: a }]',
  'route: { receiver: a }',
  'route: { receiver: a }\nreceivers: [{ name: a }, { name: a }]',
  'route: { receiver: a }\nreceivers: [{ name: a }, {}]',
  'route: { receiver: a, match: { x: y } }\nreceivers: [{ name: a }]',
  'route: { receiver: a, matchers: [ x=y ] }\nreceivers: [{ name: a }]',
  "route: { receiver: a, matchers: [ '{}' ] }\nreceivers: [{ name: a }]",
  'route: { receiver: a, continue: true }\nreceivers: [{ name: a }]',
  'route: { receiver: a, mute_time_intervals: [ n ] }\nreceivers: [{ name: a }]\ntime_intervals: [{ name: n }]',
  'route: { receiver: a, active_time_intervals: [ n ] }\nreceivers: [{ name: a }]\ntime_intervals: [{ name: n }]',
  'route: { receiver: a }\nreceivers: [{ name: a }]\ntime_intervals: [{ name: n }, { name: n }]',
  'route: { receiver: a }\nreceivers: [{ name: a }]\nmute_time_intervals: [{ name: n }]\ntime_intervals: [{ name: n }]',
  'route: { receiver: a }\nreceivers: [{ name: a }]\nmute_time_intervals: [{ time_intervals: [] }]',
  'route: { receiver: a }\nreceivers: [{ name: a }]\nglobal:\ntemplates:\ninhibit_rules:',
  'route: { receiver: a }\nreceivers: [{ name: a }]\nextra: 1',
  'route: { receiver: a }\nreceivers: { name: a }',
  'route: { receiver: a }\nroute: { receiver: a }\nreceivers: [{ name: a }]',
  'route: { receiver: 5 }\nreceivers: [{ name: 5 }]',
];

function oursAccepts(text: string): boolean {
  try {
    loadRouting(parseYaml(text, 'variant.yml'));
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return false;
  }
}

function amtoolAccepts(list: readonly Variant[]): Map<string, boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-amtool-'));
  const files = list.map((variant, index) => {
    const file = join(folder, `${index}.yml`);
    writeFileSync(file, variant.text);
    return file;
  });
  const verdicts = new Map<string, boolean>();
  const { stdout } = spawnSync('amtool', ['check-config', ...files], { encoding: 'utf8', maxBuffer: 1 << 26 });
  for (const [, index, verdict] of stdout.matchAll(/Checking '[^']*\/(\d+)\.yml'\s+(SUCCESS|FAILED)/g)) {
    verdicts.set(list[Number(index)]?.text ?? '', verdict === 'SUCCESS');
  }
  rmSync(folder, { recursive: true, force: true });
  return verdicts;
}

describe.skipIf(!present)('our reading of an Alertmanager file beside amtool check-config', () => {
  it('loads what amtool accepts and refuses what it refuses', () => {
    const list = variants();
    const theirs = amtoolAccepts(list);
    expect(theirs.size).toBeGreaterThan(300);
    const faults = list.flatMap(({ name, text }) => {
      if (ON_PURPOSE.some((known) => known.fragment.test(text))) return [];
      const wanted = theirs.get(text);
      return wanted === oursAccepts(text) ? [] : [`amtool ${wanted ? 'accepts' : 'refuses'}: ${name}`];
    });
    expect(faults).toEqual([]);
  });
});
