import type { Person } from '../people/person.ts';
import type { Clock } from '../time/clock.ts';
import type { SlackClient } from './client.ts';

/** Nobody's page waits longer than this for an answer about Do Not Disturb. */
const LONGEST_WAIT_MS = 2000;

/** What a 429 asks for where it names no time. */
const PAUSE_MS = 30_000;

/** Tells of people, the keys of those who have notifications off at this moment. Ends within two seconds. */
export type DoNotDisturb = (people: readonly Person[]) => Promise<ReadonlySet<string>>;

/**
 * Whoever cannot be asked about within two seconds, or while Slack wants not to be asked, counts as reachable: a page too many is
 * better than one too few.
 * @param wire Slack's quiet hours are of real time.
 */
export function createDoNotDisturb(client: Pick<SlackClient, 'dndInfo'>, wire: Clock): DoNotDisturb {
  let closedUntil = Number.NEGATIVE_INFINITY;
  return async (people) => {
    const asleep = new Set<string>();
    const enough = new AbortController();
    const asked = people.map(async ({ key, slackId }) => {
      if (slackId === undefined || wire.now() < closedUntil) return;
      const result = await client.dndInfo(slackId);
      const now = wire.now();
      if (result.kind === 'failed') {
        if (result.code === 'ratelimited') closedUntil = now + (result.retryAfterMs ?? PAUSE_MS);
      } else if (result.value.from <= now && now < result.value.until) asleep.add(key);
    });
    await Promise.race([Promise.all(asked), wire.sleepUntil(wire.now() + LONGEST_WAIT_MS, enough.signal)]);
    enough.abort();
    return new Set(asleep);
  };
}
