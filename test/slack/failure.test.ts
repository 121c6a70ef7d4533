import { describe, expect, it } from 'vitest';
import { classify, failure, httpFailure, sendResult } from '../../src/slack/failure.ts';

describe('a failed call', () => {
  it.each([
    ['ratelimited', { kind: 'retry', reason: 'ratelimited' }],
    ['internal_error', { kind: 'retry', reason: 'internal_error' }],
    ['fatal_error', { kind: 'retry', reason: 'fatal_error', ambiguous: true }],
    ['timeout', { kind: 'retry', reason: 'timeout', ambiguous: true }],
    ['channel_not_found', { kind: 'rejected', reason: 'channel_not_found', scope: 'destination' }],
    ['is_archived', { kind: 'rejected', reason: 'is_archived', scope: 'destination' }],
    ['restricted_action_whatever', { kind: 'rejected', reason: 'restricted_action_whatever', scope: 'destination' }],
    ['invalid_blocks', { kind: 'rejected', reason: 'invalid_blocks', scope: 'content' }],
    ['token_revoked', { kind: 'rejected', reason: 'token_revoked', scope: 'credentials' }],
    ['something_new', { kind: 'retry', reason: 'something_new' }],
  ])('%s means what the courier must do', (code, expected) => {
    expect(sendResult(failure(code))).toEqual(expected);
  });

  it('waits as long as Slack says', () => {
    expect(sendResult(failure('ratelimited', { retryAfterMs: 30_000 }))).toMatchObject({ afterMs: 30_000 });
  });

  it('takes a gateway for transient and a refusal for unknown', () => {
    expect(httpFailure(503).class).toBe('transient');
    expect(httpFailure(418).class).toBe('unknown');
    expect(classify('message_not_found')).toBe('edit');
  });
});
