import type { SendResult } from '../delivery/outbox.ts';

/**
 * What went wrong with a call to Slack, by what it means for the caller.
 * - `transient`: nothing happened, try again (after `retryAfterMs` where Slack named it).
 * - `ambiguous`: it may have taken effect: look before trying again.
 * - `destination`: this channel or person cannot be reached.
 * - `content`: this message, as it stands, is refused.
 * - `credentials`: the token or its scopes.
 * - `edit`: the message is gone or can no longer be edited.
 * - `interaction`: too late for a modal.
 * - `unknown`: an error that this table does not hold.
 */
export type FailureClass =
  | 'transient'
  | 'ambiguous'
  | 'destination'
  | 'content'
  | 'credentials'
  | 'edit'
  | 'interaction'
  | 'unknown';

export interface SlackFailure {
  readonly kind: 'failed';
  readonly class: FailureClass;
  /** Slack's error code, or one of ours: `http_503`, `timeout`, `connection`, `malformed_response`. */
  readonly code: string;
  readonly retryAfterMs?: number;
  /** Slack's own words on what it refused, where it gave any. */
  readonly detail?: string;
}

// https://docs.slack.dev/reference/methods: the error tables of the methods that we call.
const CLASSES: Readonly<Record<Exclude<FailureClass, 'unknown'>, readonly string[]>> = {
  transient: [
    'ratelimited',
    'rate_limited',
    'message_limit_exceeded',
    'internal_error',
    'service_unavailable',
    'request_timeout',
    'team_added_to_org',
  ],
  ambiguous: ['fatal_error', 'malformed_response', 'timeout', 'connection'],
  destination: [
    'channel_not_found',
    'not_in_channel',
    'is_archived',
    'restricted_action',
    'restricted_action_read_only_channel',
    'restricted_action_thread_only_channel',
    'restricted_action_non_threadable_channel',
    'restricted_action_thread_locked',
    'cannot_dm_bot',
    'user_not_found',
    'user_disabled',
    'user_not_in_channel',
    'users_not_found',
    'messages_tab_disabled',
    'ekm_access_denied',
    'posting_to_general_channel_denied',
    'as_user_not_supported',
    'slack_connect_canvas_sharing_blocked',
    'slack_connect_file_link_sharing_blocked',
  ],
  content: [
    'invalid_blocks',
    'invalid_blocks_format',
    'msg_too_long',
    'msg_blocks_too_long',
    'no_text',
    'too_many_attachments',
    'metadata_too_large',
    'invalid_metadata_format',
    'invalid_metadata_schema',
    'invalid_arguments',
    'invalid_attachments',
    'view_too_large',
    'markdown_text_conflict',
  ],
  credentials: [
    'invalid_auth',
    'not_authed',
    'account_inactive',
    'token_revoked',
    'token_expired',
    'missing_scope',
    'no_permission',
    'org_login_required',
    'team_access_not_granted',
    'access_denied',
    'accesslimited',
    'not_allowed_token_type',
  ],
  edit: ['message_not_found', 'cant_update_message', 'edit_window_closed', 'block_mismatch', 'thread_not_found'],
  interaction: [
    'expired_trigger_id',
    'exchanged_trigger_id',
    'trigger_expired',
    'trigger_exchanged',
    'invalid_trigger_id',
    'hash_conflict',
    'not_found',
    'expired_url',
    'used_url',
  ],
};

const CLASS_OF: ReadonlyMap<string, FailureClass> = new Map(
  Object.entries(CLASSES).flatMap(([kind, codes]) => codes.map((code) => [code, kind as FailureClass] as const)),
);

export function classify(code: string): FailureClass {
  const known = CLASS_OF.get(code);
  if (known) return known;
  if (code.startsWith('restricted_action')) return 'destination';
  return 'unknown';
}

export function failure(code: string, extra: { retryAfterMs?: number; detail?: string } = {}): SlackFailure {
  return { kind: 'failed', class: classify(code), code, ...extra };
}

/** An HTTP status other than 200 and 429: a gateway's 5xx did not reach Slack's application. */
export function httpFailure(status: number): SlackFailure {
  return { kind: 'failed', class: status >= 500 ? 'transient' : 'unknown', code: `http_${status}` };
}

/** What the courier makes of it. An edit's failure is the notifier's to mend and counts as retry here. */
export function sendResult(failed: SlackFailure): SendResult {
  const reason = failed.detail === undefined ? failed.code : `${failed.code}: ${failed.detail}`;
  switch (failed.class) {
    case 'transient':
    case 'edit':
    case 'unknown':
      return { kind: 'retry', reason, ...(failed.retryAfterMs === undefined ? {} : { afterMs: failed.retryAfterMs }) };
    case 'ambiguous':
      return { kind: 'retry', reason, ambiguous: true };
    case 'destination':
      return { kind: 'rejected', reason, scope: 'destination' };
    case 'content':
    case 'interaction':
      return { kind: 'rejected', reason, scope: 'content' };
    case 'credentials':
      return { kind: 'rejected', reason, scope: 'credentials' };
  }
}
