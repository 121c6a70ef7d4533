/** What `withDeadline` gives where the work did not end in time. */
export const DEADLINE: unique symbol = Symbol('deadline');

/**
 * Runs `work` with a signal that aborts after `ms` of real time, and does not wait for work that ignores the signal: a hung
 * socket must not hang its caller. A rejection after the deadline is swallowed.
 * @param outer aborts the signal too; whoever has it decides how long to wait then
 */
export function withDeadline<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T | typeof DEADLINE> {
  // One promise by hand: a race in an async function makes half a dozen, and a burst has two deadlines per message.
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const follow = (): void => controller.abort(outer?.reason);
    const timer = setTimeout(() => {
      controller.abort(new Error(`no answer within ${ms} ms`));
      // One turn of grace, so that work that obeys the signal can still say what happened.
      setImmediate(() => {
        outer?.removeEventListener('abort', follow);
        resolve(DEADLINE);
      });
    }, ms);
    const end = (): void => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', follow);
    };
    if (outer?.aborted) follow();
    outer?.addEventListener('abort', follow);
    let running: Promise<T>;
    try {
      running = work(controller.signal);
    } catch (error) {
      end();
      throw error;
    }
    running.then(
      (result) => {
        end();
        resolve(result);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}
