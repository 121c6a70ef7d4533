import { describe, expect, it } from 'vitest';
import { isPlaceholder } from '../../src/delivery/go-scalars.ts';

const unfilled = (value: string): boolean => isPlaceholder({ kind: 'inline', value });

describe('a secret that nobody filled in', () => {
  it.each([
    '<PD_SERVICE_KEY>',
    'your-pagerduty-integration-key',
    'YOUR_ROUTING_KEY',
    'insert-your-key-here',
    'pagerduty-key-here',
    '${PD_KEY}',
    '$PD_KEY',
    'changeme',
    'XXXXXXXXXXXXXXXX',
    'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXX',
    'https://hooks.slack.com/services/YOUR/WEBHOOK/URL',
    'https://hooks.example.com/your-token',
  ])('is known by its look: %s', (value) => {
    expect(unfilled(value)).toBe(true);
  });

  it.each([
    'R0UT1NGKEY0000000000000000ABCDEF',
    'e93facc04764012d7bfb002500d5d1a6',
    'https://hooks.slack.com/services/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',
    'https://your-company.example.com/hooks/17',
    'http://127.0.0.1:8080/example/hook',
    'https://my-team.webhook.example/in',
  ])('is not taken for a real one: %s', (value) => {
    expect(unfilled(value)).toBe(false);
  });
});
