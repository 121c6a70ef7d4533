import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { integrationOf } from '../../src/delivery/receiver.ts';
import { DocumentError, printProblem } from '../../src/document/position.ts';
import { parseYaml } from '../../src/document/yaml.ts';
import { Labels } from '../../src/labels/labels.ts';
import { lintRouting } from '../../src/routing/lint.ts';
import { matchRoutes, walkRoutes } from '../../src/routing/route.ts';
import { loadRouting } from '../../src/routing/schema.ts';
import { config } from './house.ts';

const SHARED = resolve(import.meta.dirname, '../../../shared');

function faults(yaml: string): string[] {
  try {
    loadRouting(parseYaml(yaml, 'am.yml'));
    return [];
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return error.problems.map(printProblem);
  }
}

function lint(yaml: string, defined?: readonly string[]): string[] {
  const { config: loaded, located } = loadRouting(parseYaml(yaml, 'am.yml'), { slackToken: true });
  return lintRouting(loaded, located, defined ? { definedAlertNames: new Set(defined) } : {}).map(printProblem);
}

describe('an Alertmanager file', () => {
  it('names every fault with its place', () => {
    expect(
      faults(`route:
  receiver: nobody
  group_by: [a, a]
  routes:
  - matchers: ['sev=~"("']
    recevier: x
receivers:
- name: x
`),
    ).toEqual([
      'am.yml:3:13: route.group_by: duplicated label "a" in group_by',
      expect.stringContaining('am.yml:5:16: route.routes[0].matchers[0]: regular expression "("'),
      'am.yml:6:5: unknown key recevier in route.routes[0]; did you mean receiver?',
    ]);
    expect(faults('route: { receiver: nobody, routes: [ { receiver: x, mute_time_intervals: [n] } ] }')).toEqual([
      'am.yml:1:20: undefined receiver "nobody" used in route',
      'am.yml:1:50: undefined receiver "x" used in route',
      'am.yml:1:75: undefined time interval "n" used in route',
    ]);
  });

  it('keeps label values as they are written, whatever YAML thinks they are', () => {
    const { root } = config(`
route: { receiver: a, routes: [ { match: { version: 1.10, canary: yes, code: 0017 } } ] }
receivers: [ { name: a } ]
`);
    expect(root.routes[0]?.key).toBe('{}/{canary="yes",code="0017",version="1.10"}');
  });

  it('does not let a child inherit time intervals, matchers or continue, but everything else', () => {
    const { root } = config(`
route:
  receiver: a
  group_by: [x]
  group_wait: 1s
  routes:
  - matchers: [p=q]
    mute_time_intervals: [n]
    continue: true
    repeat_interval: 9h
    routes: [ { matchers: [r=s] }, { matchers: [t=u], group_by: ['...'], receiver: b } ]
receivers: [ { name: a }, { name: b } ]
time_intervals: [ { name: n } ]
`);
    const routes = [...walkRoutes(root)].map((r) => [
      r.key,
      r.receiver,
      r.groupBy,
      r.groupWaitMs,
      r.repeatIntervalMs / 3_600_000,
    ]);
    expect(routes).toEqual([
      ['{}', 'a', ['x'], 1000, 4],
      ['{}/{p="q"}', 'a', ['x'], 1000, 9],
      ['{}/{p="q"}/{r="s"}', 'a', ['x'], 1000, 9],
      ['{}/{p="q"}/{t="u"}', 'b', 'all', 1000, 9],
    ]);
    expect(root.routes[0]?.routes[0]?.muteTimeIntervals).toEqual([]);
    expect(root.routes[0]?.routes[0]?.continue).toBe(false);
  });

  it('gives receivers their defaults and what they inherit', () => {
    const { receivers } = config(`
global: { slack_api_url: 'https://hooks.example/x', smtp_smarthost: 'mail:25', smtp_from: bot@example.com }
route: { receiver: all }
receivers:
- name: all
  slack_configs: [ { channel: '#a' }, { channel: '#b', send_resolved: true, api_url: 'https://own.example/' } ]
  pagerduty_configs: [ { routing_key_file: /run/key, details: { model: m } } ]
  webhook_configs: [ { url: 'http://hook.example/', max_alerts: 3 } ]
  email_configs: [ { to: team@example.com, headers: { reply-to: x@example.com } } ]
  msteamsv2_configs: [ { webhook_url: 'https://teams.example/' } ]
  opsgenie_configs: [ { api_key: k } ]
`);
    const receiver = receivers.get('all');
    expect(receiver?.unsupported).toEqual(['opsgenie_configs']);
    expect(receiver?.integrations.map((i) => `${i.kind}[${i.index}] ${i.sendResolved}`)).toEqual([
      'webhook[0] true',
      'email[0] false',
      'pagerduty[0] true',
      'slack[0] false',
      'slack[1] true',
      'msteams[0] true',
    ]);
    const slack = integrationOf(receivers, { receiver: 'all', kind: 'slack', index: 0 });
    expect(slack?.kind === 'slack' && slack.config.apiUrl).toEqual({
      kind: 'inline',
      value: 'https://hooks.example/x',
    });
    const pagerduty = integrationOf(receivers, { receiver: 'all', kind: 'pagerduty', index: 0 });
    expect(pagerduty?.kind === 'pagerduty' && [...pagerduty.config.details.keys()]).toEqual([
      'firing',
      'resolved',
      'num_firing',
      'num_resolved',
      'model',
    ]);
    const email = integrationOf(receivers, { receiver: 'all', kind: 'email', index: 0 });
    expect(email?.kind === 'email' && email.config).toMatchObject({
      from: 'bot@example.com',
      smarthost: { host: 'mail', port: '25' },
      requireTls: true,
      hello: 'localhost',
    });
    expect(email?.kind === 'email' && [...email.config.headers]).toEqual([['Reply-To', 'x@example.com']]);
  });

  it('needs no Slack URL where the bot has a token', () => {
    const yaml = `route: { receiver: s }\nreceivers: [ { name: s, slack_configs: [ { channel: '#x' } ] } ]`;
    expect(faults(yaml)).toEqual(['am.yml:2:42: no global Slack API URL set either inline or in a file']);
    expect(() => loadRouting(parseYaml(yaml, 'am.yml'), { slackToken: true })).not.toThrow();
  });
});

describe('files made by others', () => {
  const folder = join(SHARED, 'conformance/alertmanager');
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  if (names.length === 0) console.error(`SKIPPED: ${folder} is absent; Alertmanager's own test files are not read`);
  const REFUSED = [
    'cli-conf.bad.yml',
    'conf.nil-match_re-route.yml',
    'conf.nil-source_match_re-inhibition.yml',
    'conf.slack-both-url-and-token.yml',
    'conf.slack-no-api-url-or-token.yml',
  ];

  it.each(names)('%s loads, or is refused, as in Alertmanager', (name) => {
    expect(faults(readFileSync(join(folder, name), 'utf8')).length > 0).toBe(REFUSED.includes(name));
  });

  const user = join(SHARED, 'user/alertmanager.yml');
  it.skipIf(!existsSync(user))('the user’s file loads unchanged, and what is odd about it is said', () => {
    const text = readFileSync(user, 'utf8');
    expect(faults(text)).toEqual([]);
    const said = lint(text, ['ModelLatencyP99High', 'PredictionDrift', 'FeatureNullRateHigh']).join('\n');
    expect(said).toContain('continue: true has no effect');
    expect(said).toContain('group_by lacks environment');
    expect(said).toContain('no rule defines the source alertname="ModelServerDown"');
    expect(said).not.toContain('no rule defines the target');
    expect(said).toContain('match is deprecated');
    expect(said).toContain('service_key is a placeholder');
    expect(said).toContain('am.yml:5:18: warning: api_url is a placeholder');
  });
});

describe('lint', () => {
  it('is silent about a sound file', () => {
    expect(
      lint(`
route:
  receiver: a
  group_by: [alertname, environment]
  routes:
  - { matchers: [severity="critical"], receiver: b, continue: true }
  - { matchers: ['severity=~"critical|warning"'], receiver: a }
receivers: [ { name: a }, { name: b } ]
`),
    ).toEqual([]);
  });

  it('names a route that an earlier one shadows, and receivers and intervals that nobody uses', () => {
    expect(
      lint(`route:
  receiver: a
  group_by: ['...']
  routes:
  - { matchers: ['team=~"a|b"'] }
  - { matchers: [team=a, severity=critical] }
receivers: [ { name: a }, { name: b } ]
time_intervals: [ { name: nights } ]
`),
    ).toEqual([
      'am.yml:6:5: warning: this route is never reached: an earlier one takes everything it matches',
      'am.yml:7:27: warning: receiver "b" is used by no route',
      'am.yml:8:19: warning: time interval "nights" is used by no route',
    ]);
  });
});

describe('the routing tree', () => {
  const { root } = config(`
route:
  receiver: root
  routes:
  - matchers: [owner=x]
    receiver: x
    continue: true
    routes:
    - { matchers: [env=prod], receiver: x-prod }
    - { matchers: [env=~"prod|stage"], receiver: x-any }
  - matchers: ['owner=~"x|y"']
    receiver: xy
  - matchers: [owner!=z]
    receiver: not-z
receivers: [ {name: root}, {name: x}, {name: x-prod}, {name: x-any}, {name: xy}, {name: not-z} ]
`);
  it.each([
    [{ owner: 'x', env: 'prod' }, ['x-prod', 'xy']],
    [{ owner: 'x', env: 'stage' }, ['x-any', 'xy']],
    [{ owner: 'x' }, ['x', 'xy']],
    [{ owner: 'y' }, ['xy']],
    [{ owner: 'z' }, ['root']],
    [{}, ['not-z']],
  ])('sends %j to %j', (labels, receivers) => {
    expect(matchRoutes(root, Labels.of(labels)).map((route) => route.receiver)).toEqual(receivers);
  });

  it('tells routes of equal matchers apart by their order', () => {
    const twins = config(`
route: { receiver: a, routes: [ { matchers: [x=y], continue: true }, { matchers: [x=y] } ] }
receivers: [ { name: a } ]
`).root;
    expect(twins.routes.map((route) => route.id)).toEqual(['{}/{x="y"}', '{}/{x="y"}#2']);
  });
});
