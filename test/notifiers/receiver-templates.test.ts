import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../src/config/load.ts';
import { Labels } from '../../src/labels/labels.ts';
import { factsOfNotification, readReceiverTemplates } from '../../src/notifiers/receiver-templates.ts';
import { interpolated } from '../../src/slack/view/mrkdwn.ts';
import { AT, alert } from './harness.ts';

const FACTS = factsOfNotification(
  {
    receiver: 'ml',
    alerts: [alert({ alertname: 'A', model_name: 'fraud', note: '<!channel> & *x* {{ .Status }}' })],
    groupLabels: Labels.of({ alertname: 'A' }),
    groupKey: '',
    truncatedAlerts: 0,
  },
  'http://watchroom.example/',
);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watchroom-templates-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(patterns: readonly string[], text: string): Config {
  mkdirSync(join(folder, 'routing'), { recursive: true });
  const routing = {
    templates: patterns,
    route: { receiver: 'ml' },
    receivers: [{ name: 'ml', slack_configs: [{ channel: '#ml', text }] }],
  };
  writeFileSync(join(folder, 'routing/alertmanager.yml'), JSON.stringify(routing, null, 2));
  const document = { slack: { bot_token: 'x', app_token: 'y' }, alertmanager_config: 'routing/alertmanager.yml' };
  return parseConfig({ path: 'watchroom.yml', text: JSON.stringify(document) }, folder, {
    cwd: folder,
    environment: {},
    missingEnvironment: 'error',
  });
}

describe('template files', () => {
  it('are found beside the routing configuration; a pattern without a file is fine', () => {
    mkdirSync(join(folder, 'routing/parts'), { recursive: true });
    writeFileSync(join(folder, 'routing/parts/a.tmpl'), '{{ define "__subject" }}ours: {{ .Receiver }}{{ end }}');
    const config = load(['parts/*.tmpl', '/etc/alertmanager/none-here/*.tmpl'], 'x');
    expect(config.templates.expand('{{ template "slack.default.title" . }}', FACTS, AT)).toBe('ours: ml');
    expect(config.warnings).toEqual([]);
  });

  it('that cannot be read are named by file and line', () => {
    mkdirSync(join(folder, 'routing'), { recursive: true });
    writeFileSync(join(folder, 'routing/a.tmpl'), '{{ define "x" }}\n{{ nonsense }}{{ end }}');
    expect(() => load(['*.tmpl'], 'x')).toThrow(/routing\/a\.tmpl:2:\d+: function "nonsense" not defined/);
  });

  it('leave a broken text of a receiver as a warning at its place', () => {
    const { warnings } = load([], '{{ if }}');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({
      severity: 'warning',
      at: { file: 'routing/alertmanager.yml', line: 12 },
      message: expect.stringContaining('this template is broken') as string,
    });
  });
});

describe('a text', () => {
  const templates = readReceiverTemplates([]);

  it('is escaped where it was filled in, and nowhere else', () => {
    const text = '<!here> {{ range .Alerts }}[{{ .Labels.note }}]{{ end }} {{ "<@U1>" }} {{ printf "%s" "<@U2>" }}';
    expect(templates.expand(text, FACTS, AT, interpolated)).toBe(
      '<!here> [&lt;!channel&gt; &amp; *x* {{ .Status }}] <@U1> &lt;@U2&gt;',
    );
  });

  it('that asks for too much ends instead of filling the memory', () => {
    const bomb = `{{ define "a" }}${'{{ template "b" . }}'.repeat(50)}{{ end }}{{ define "b" }}${'{{ range .Alerts }}x{{ end }}'.repeat(500)}{{ end }}{{ template "a" . }}`;
    expect(() => templates.expand(bomb, FACTS, AT)).toThrow(/takes more than|writes more than/);
  });
});
