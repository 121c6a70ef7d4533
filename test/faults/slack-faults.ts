import type { FailureClass } from '../../src/slack/failure.ts';

/** What one call meets on its way. `before`: Slack never did it; `after`: Slack did it, and the answer is lost or strange. */
export type Fault =
  | { readonly kind: 'answer'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'error'; readonly code: string }
  | {
      readonly kind: 'cut' | 'hang' | 'truncated' | 'html' | 'bare' | 'error_after';
      readonly effect: 'before' | 'after';
    }
  /** Slack did it and says more than it used to: warnings, fields that nobody knows. */
  | { readonly kind: 'chatty' }
  /** Nothing listens. */
  | { readonly kind: 'refused' }
  /** The way ends before Slack: no such name, a certificate that nobody signed, no TLS at all. */
  | { readonly kind: 'unreachable'; readonly how: 'dns' | 'certificate' | 'no_tls' };

/** As long as a P1 lives: whoever waits for it is told on another way meanwhile. */
export const LONGEST_WAIT_MS = 3_600_000;

export interface FaultRow {
  readonly name: string;
  readonly fault: Fault;
  readonly class: FailureClass;
  /** How long Slack asked us to wait. */
  readonly retryAfterMs?: number;
}

const error = (kind: FailureClass, codes: string): FaultRow[] =>
  codes
    .trim()
    .split(/\s+/)
    .map((code) => ({ name: code, fault: { kind: 'error', code }, class: kind }));

const throttled = (name: string, headers: Record<string, string>, retryAfterMs?: number): FaultRow => ({
  name,
  fault: { kind: 'answer', status: 429, headers },
  class: 'transient',
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

const status = (code: number, kind: FailureClass): FaultRow => ({
  name: `HTTP ${code}`,
  fault: { kind: 'answer', status: code },
  class: kind,
});

/** Every way in which a call to Slack is known to fail, by what it must mean. */
export const SLACK_FAULTS: readonly FaultRow[] = [
  // A: not now.
  throttled('429 for a second', { 'retry-after': '1' }, 1000),
  throttled('429 for half a minute', { 'retry-after': '30' }, 30_000),
  throttled('429 for an hour', { 'retry-after': '3600' }, LONGEST_WAIT_MS),
  throttled('429 without a header', {}),
  throttled('429 with a header that is no number', { 'retry-after': 'soon' }),
  ...error(
    'transient',
    'ratelimited rate_limited internal_error service_unavailable request_timeout team_added_to_org',
  ),
  ...[500, 502, 503, 504].map((code) => status(code, 'transient')),
  { name: 'connection refused', fault: { kind: 'refused' }, class: 'transient' },
  { name: 'no such name', fault: { kind: 'unreachable', how: 'dns' }, class: 'transient' },
  {
    name: 'a certificate that nobody signed',
    fault: { kind: 'unreachable', how: 'certificate' },
    class: 'transient',
  },
  { name: 'no TLS where it is spoken', fault: { kind: 'unreachable', how: 'no_tls' }, class: 'transient' },
  // A*: perhaps it was done.
  ...error('ambiguous', 'fatal_error'),
  { name: 'fatal_error, although it was done', fault: { kind: 'error_after', effect: 'after' }, class: 'ambiguous' },
  { name: 'connection cut before it was done', fault: { kind: 'cut', effect: 'before' }, class: 'ambiguous' },
  { name: 'connection cut after it was done', fault: { kind: 'cut', effect: 'after' }, class: 'ambiguous' },
  { name: 'no answer, not done', fault: { kind: 'hang', effect: 'before' }, class: 'ambiguous' },
  { name: 'no answer, done', fault: { kind: 'hang', effect: 'after' }, class: 'ambiguous' },
  { name: 'half of the JSON', fault: { kind: 'truncated', effect: 'after' }, class: 'ambiguous' },
  { name: 'a proxy’s page with status 200, not done', fault: { kind: 'html', effect: 'before' }, class: 'ambiguous' },
  { name: 'a proxy’s page with status 200, done', fault: { kind: 'html', effect: 'after' }, class: 'ambiguous' },
  // B: not there.
  ...error(
    'destination',
    `channel_not_found not_in_channel is_archived restricted_action restricted_action_read_only_channel
     restricted_action_thread_locked restricted_action_whatever_comes cannot_dm_bot user_not_found user_disabled
     messages_tab_disabled ekm_access_denied posting_to_general_channel_denied`,
  ),
  // C: not that.
  ...error(
    'content',
    `invalid_blocks invalid_blocks_format msg_too_long msg_blocks_too_long no_text too_many_attachments
     metadata_too_large invalid_metadata_format invalid_arguments`,
  ),
  // D: not you.
  ...error(
    'credentials',
    `invalid_auth not_authed account_inactive token_revoked token_expired missing_scope no_permission org_login_required
     team_access_not_granted access_denied accesslimited not_allowed_token_type`,
  ),
  // E: not that message.
  ...error('edit', 'message_not_found cant_update_message edit_window_closed block_mismatch thread_not_found'),
  // F: too late.
  ...error('interaction', 'expired_trigger_id trigger_exchanged exchanged_trigger_id invalid_trigger_id hash_conflict'),
  // G: who knows.
  ...error('unknown', 'something_new_from_slack unknown_method method_deprecated deprecated_endpoint'),
  status(418, 'unknown'),
  status(413, 'unknown'),
];

/** Answers that are strange, by method: a call that asks for nothing back takes any of them for a yes. */
export const BARE_OK: FaultRow = {
  name: 'ok:true and nothing else, done',
  fault: { kind: 'bare', effect: 'after' },
  class: 'ambiguous',
};

/** No fault at all, whatever it looks like. */
export const CHATTY: FaultRow = { name: 'warnings and new fields', fault: { kind: 'chatty' }, class: 'unknown' };

/** What is sent by rows of the outbox: a card's first post, its edit, a line in its thread, a notice, a page to a person. */
export const OPERATIONS_OF_ROWS = ['post', 'edit', 'line', 'notice', 'page'] as const;
export type Operation = (typeof OPERATIONS_OF_ROWS)[number];

/**
 * When the call is made, from the first on.
 * - `once`: never again.
 * - `at_once`: again in the same instant, in a simpler form; `twice_at_once`: and once more as text.
 * - `later`: again after the backoff or what Slack asked for.
 * - `probe`: again a minute later.
 * - `retries`: until the row is too old; `probes`: the same, once a minute; `ten_minutes`: for about ten minutes.
 */
export type Calls = 'once' | 'at_once' | 'twice_at_once' | 'later' | 'probe' | 'retries' | 'probes' | 'ten_minutes';

export interface Expected {
  readonly state: 'sent' | 'dead';
  readonly calls: Calls;
}

const sent = (calls: Calls): Expected => ({ state: 'sent', calls });
const dead = (calls: Calls): Expected => ({ state: 'dead', calls });

/** What becomes of a row that met a fault once, and of one that meets it for ever. */
const BY_CLASS: Readonly<Record<FailureClass, { readonly once: Expected; readonly ever: Expected }>> = {
  transient: { once: sent('later'), ever: dead('retries') },
  ambiguous: { once: sent('later'), ever: dead('retries') },
  destination: { once: dead('once'), ever: dead('once') },
  content: { once: sent('at_once'), ever: dead('twice_at_once') },
  credentials: { once: sent('probe'), ever: dead('probes') },
  edit: { once: sent('later'), ever: dead('retries') },
  interaction: { once: sent('at_once'), ever: dead('at_once') },
  unknown: { once: sent('later'), ever: dead('ten_minutes') },
};

export function expected(operation: Operation, row: FaultRow, often: 'once' | 'ever'): Expected {
  // The row lives just longer than the longest wait that is obeyed.
  if (row.retryAfterMs === LONGEST_WAIT_MS) return often === 'once' ? sent('later') : dead('later');
  // A post that was made after all is found in the history, and taken for ours.
  const isDone = 'effect' in row.fault && row.fault.effect === 'after';
  if (row.class === 'ambiguous' && isDone && operation !== 'edit') return sent('once');
  // A card that can no longer be edited is posted anew; a line whose thread is gone stands in the channel.
  if (row.class === 'edit' && operation === 'edit') return sent('once');
  if (row.name === 'thread_not_found' && operation === 'line') return sent('once');
  return BY_CLASS[row.class][often];
}
