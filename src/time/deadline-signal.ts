/**
 * A signal that aborts after `ms` of real time, for requests that must not hang. Always the wire's time: a scaled or manual domain
 * clock does not shorten it. The timer does not keep the process alive.
 */
export function deadlineSignal(ms: number): AbortSignal {
  return AbortSignal.timeout(Math.max(1, Math.min(ms, 2_147_483_647)));
}
