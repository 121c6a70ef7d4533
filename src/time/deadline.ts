/** What `withDeadline` gives where the work did not end in time. */
export const DEADLINE: unique symbol = Symbol('deadline');

/**
 * Runs `work` with a signal that aborts after `ms` of real time, and does not wait for work that ignores the signal: a hung
 * socket must not hang its caller. A rejection after the deadline is swallowed.
 * @param outer aborts the signal too; whoever has it decides how long to wait then
 */
export async function withDeadline<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T | typeof DEADLINE> {
  const controller = new AbortController();
  const follow = (): void => controller.abort(outer?.reason);
  if (outer?.aborted) follow();
  outer?.addEventListener('abort', follow);
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<typeof DEADLINE>((resolve) => {
    timer = setTimeout(() => {
      controller.abort(new Error(`no answer within ${ms} ms`));
      // One turn of grace, so that work that obeys the signal can still say what happened.
      setImmediate(() => resolve(DEADLINE));
    }, ms);
  });
  try {
    const result = work(controller.signal);
    result.catch(() => undefined);
    return await Promise.race([result, deadline]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', follow);
  }
}
