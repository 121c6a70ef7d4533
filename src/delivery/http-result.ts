import { parseInstant } from '../time/instant.ts';
import { type HttpOutcome, redact } from './http.ts';
import type { SendResult } from './outbox.ts';

const LONGEST_EXCERPT = 200;

/** Milliseconds that a `Retry-After` asks for: seconds or a date. undefined where it is absent or neither. */
export function retryAfterMs(headers: ReadonlyMap<string, string>, now: number): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,9}(?:\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  if (!/[a-z]/i.test(text)) return undefined;
  const at = parseInstant(text);
  return at === undefined ? undefined : Math.max(0, at - now);
}

/** Only these may have passed the request on before they failed. */
const GATEWAY_FAILURES = new Set([502, 504]);

/**
 * The usual reading of an outcome: 2xx sent; 429, 408 and 5xx again; everything else never, and `scopeOf` says what is broken.
 */
export function resultOf(
  outcome: HttpOutcome,
  at: {
    readonly now: number;
    readonly secrets: readonly string[];
    readonly scopeOf: (status: number) => 'content' | 'destination' | 'credentials';
  },
): SendResult {
  switch (outcome.kind) {
    case 'refused':
      return { kind: 'rejected', scope: outcome.scope, reason: outcome.reason };
    case 'failed':
      return { kind: 'retry', reason: outcome.reason, ambiguous: outcome.ambiguous };
    case 'response': {
      const { status } = outcome;
      if (status >= 200 && status < 300) return { kind: 'sent', detail: `HTTP ${status}` };
      const excerpt = redact(outcome.body, at.secrets).replace(/\s+/g, ' ').trim().slice(0, LONGEST_EXCERPT);
      const reason = excerpt === '' ? `HTTP ${status}` : `HTTP ${status}: ${excerpt}`;
      if (status === 429 || status === 408 || status >= 500) {
        const afterMs = retryAfterMs(outcome.headers, at.now);
        return {
          kind: 'retry',
          reason,
          ...(afterMs === undefined ? {} : { afterMs }),
          ...(GATEWAY_FAILURES.has(status) ? { ambiguous: true } : {}),
        };
      }
      return { kind: 'rejected', reason, scope: at.scopeOf(status) };
    }
  }
}
