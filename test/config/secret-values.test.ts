import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { secretValues } from '../../src/config/secret-values.ts';

it('the log knows every secret it must not show, wherever it was configured', () => {
  const folder = mkdtempSync(join(tmpdir(), 'watchroom-secrets-'));
  writeFileSync(join(folder, 'pd'), 'key-from-a-file\n');
  writeFileSync(join(folder, 'door'), 'door-token-of-a-file\n');
  const receiver = {
    name: 'all',
    pagerduty_configs: [{ routing_key_file: 'pd' }],
    slack_configs: [{ api_url: 'https://hooks.slack.example/T1/B2/incoming', channel: '#a' }],
    webhook_configs: [
      {
        url: 'https://hook.example/secret-path',
        http_config: { authorization: { credentials: 'bearer-of-the-hook' } },
      },
    ],
    email_configs: [
      { to: 'a@example.com', smarthost: 'localhost:25', from: 'b@example.com', auth_password: 'mail-pass' },
    ],
  };
  const document = {
    slack: { bot_token: 'xoxb-1', app_token: 'xapp-1' },
    auth: {
      tokens: [
        { name: 'a', token: 'inline-door-token' },
        { name: 'b', token_file: 'door' },
      ],
    },
    alertmanager_config: { route: { receiver: 'all' }, receivers: [receiver] },
    notifiers: { twilio: { account_sid: 'AC0123456789', auth_token: 'twilio-token', from: '+15005550006' } },
  };
  const source = { path: 'watchroom.yml', text: JSON.stringify(document) };
  const config = parseConfig(source, folder, { cwd: folder, environment: {}, missingEnvironment: 'error' });
  expect(secretValues(config)).toEqual(
    expect.arrayContaining([
      ...['xoxb-1', 'xapp-1', 'inline-door-token', 'door-token-of-a-file', 'key-from-a-file', 'bearer-of-the-hook'],
      ...[
        'https://hooks.slack.example/T1/B2/incoming',
        'https://hook.example/secret-path',
        'mail-pass',
        'twilio-token',
      ],
    ]),
  );
});
