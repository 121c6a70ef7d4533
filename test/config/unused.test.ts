import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';

const POLICY = `
escalation_policies: [{ name: p, rules: [{ escalation_delay_in_minutes: 5, targets: [{ type: user_reference, id: a@example.com }] }] }]
paging: [{ escalation_policy: p }]`;

function warnings(text: string): string[] {
  const options = { cwd: '/', environment: {}, missingEnvironment: 'error' } as const;
  return parseConfig({ path: 'watchroom.yml', text }, '/', options).warnings.map(({ message }) => message);
}

describe('a configuration without slack:', () => {
  it('says whose cards nobody will see, and what to add', () => {
    const url = 'https://hooks.slack.com/services/T1/B1/abcdefgh';
    const routing = `alertmanager_config:
  route: { receiver: ml, group_by: [alertname, environment] }
  receivers: [{ name: ml, slack_configs: [{ channel: '#ml', api_url: '${url}' }] }]`;
    expect(warnings(routing)).toEqual([expect.stringMatching(/^there is no `slack:`: the cards of ml .*bot_token/)]);
    expect(warnings(`${routing}\nslack: { bot_token: xoxb-1, app_token: xapp-1 }`)).toEqual([]);
  });

  it('says that a ladder pages nobody there', () => {
    expect(warnings(POLICY).join('\n')).toContain('nobody is paged in Slack');
  });

  it('is content where nothing counts on Slack', () => {
    const routing = `alertmanager_config:
  route: { receiver: hook, group_by: [alertname, environment] }
  receivers: [{ name: hook, webhook_configs: [{ url: 'http://127.0.0.1:1/' }] }]`;
    expect(warnings(routing)).toEqual([]);
  });
});
