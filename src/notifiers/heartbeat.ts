import { httpRequest } from '../delivery/http.ts';
import { resultOf } from '../delivery/http-result.ts';
import type { Notifier } from '../delivery/notifier.ts';
import type { OutboxDraft } from '../delivery/outbox.ts';
import type { Clock } from '../time/clock.ts';

/** The outbox kind of heartbeats. */
export const HEARTBEAT = 'heartbeat';

/** One heartbeat. It says that all is well now, so it is worth nothing once the next is due. */
export function heartbeatDraft(intervalMs: number, now: number): OutboxDraft {
  return {
    kind: HEARTBEAT,
    destination: HEARTBEAT,
    payload: {},
    priority: 'P4',
    causedAt: now,
    timeToLiveMs: intervalMs,
  };
}

/** Calls the watcher's address: any 2xx is good. The address is a secret, since whoever knows it can feign life. */
export function createHeartbeat(options: { readonly url: () => string | undefined; readonly wire: Clock }): Notifier {
  return {
    kind: HEARTBEAT,
    async send(_entry, signal) {
      const url = options.url();
      if (url === undefined) return { kind: 'rejected', scope: 'destination', reason: 'no longer configured' };
      const secrets = [url, new URL(url).pathname].filter((text) => text.length > 1);
      const outcome = await httpRequest({ method: 'GET', url, headers: {}, body: '', signal, secrets });
      return resultOf(outcome, { now: options.wire.now(), secrets, scopeOf: () => 'destination' });
    },
  };
}
