import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/document/yaml.ts';
import { loadRouting } from '../../src/routing/schema.ts';

function verdict(configs: string, global = ''): string {
  const text = `${global}route: { receiver: r }\nreceivers:\n  - name: r\n    ${configs}\n`;
  try {
    loadRouting(parseYaml(text, 'am.yml'));
    return 'accepted';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('receivers that Alertmanager delivers and we do not', () => {
  it.each([
    ['opsgenie_configs: [{}]', 'no global OpsGenie API Key set'],
    ['opsgenie_configs: [{ api_key: a, api_key_file: /f }]', 'at most one of api_key & api_key_file'],
    ['opsgenie_configs: [{ api_key: a, teams: x }]', 'unknown key teams'],
    ['opsgenie_configs: [{ api_key: a, responders: [{ name: x, type: squad }] }]', 'does not match valid options'],
    ['opsgenie_configs: [{ api_key: a, responders: [{ type: team }] }]', 'at least one of id, username or name'],
    ['victorops_configs: [{ api_key: a }]', 'missing Routing key'],
    ['victorops_configs: [{ routing_key: a }]', 'no global VictorOps API Key set'],
    ['pushover_configs: [{ token: a }]', 'one of user_key or user_key_file'],
    ['sns_configs: [{ message: m }]', 'Target ARN, Topic ARN, or Phone Number'],
    ['telegram_configs: [{ bot_token: a }]', 'missing chat_id'],
    ['telegram_configs: [{ chat_id: 1 }]', 'missing bot_token'],
    ['telegram_configs: [{ chat_id: 1, bot_token: a, parse_mode: html }]', 'unknown parse_mode'],
    ['wechat_configs: [{ api_secret: a }]', 'no global Wechat CorpID'],
    ['discord_configs: [{}]', 'one of webhook_url or webhook_url_file'],
  ])('are refused as Alertmanager refuses them: %s', (configs, message) => {
    expect(verdict(configs)).toMatch(/^am\.yml:\d+:\d+: /);
    expect(verdict(configs)).toContain(message);
  });

  it('may take what they need from global, or from a file', () => {
    expect(verdict('opsgenie_configs: [{}]', 'global: { opsgenie_api_key_file: /f }\n')).toBe('accepted');
    expect(verdict('victorops_configs: [{ routing_key: a, api_key_file: /f }]')).toBe('accepted');
    expect(verdict('telegram_configs: [{ chat_id: 1 }]', 'global: { telegram_bot_token: a }\n')).toBe('accepted');
    expect(verdict('opsgenie_configs: [{ api_key: a, responders: [{ name: x, type: "{{ .Type }}" }] }]')).toBe(
      'accepted',
    );
  });
});
