import type { Person } from '../people/person.ts';
import type { Clock } from '../time/clock.ts';
import type { SlackClient } from './client.ts';

/** Nobody's page waits longer than this for an answer about Do Not Disturb. */
const LONGEST_WAIT_MS = 2000;

/**
 * The keys of those who have notifications off at this moment. Whoever cannot be asked about within two seconds counts as reachable:
 * a page too many is better than one too few.
 * @param wire Slack's quiet hours are of real time.
 */
export async function inDoNotDisturb(
  client: Pick<SlackClient, 'dndInfo'>,
  wire: Clock,
  people: readonly Person[],
): Promise<ReadonlySet<string>> {
  const asleep = new Set<string>();
  const enough = new AbortController();
  const asked = people.map(async ({ key, slackId }) => {
    if (slackId === undefined) return;
    const result = await client.dndInfo(slackId);
    const now = wire.now();
    if (result.kind === 'ok' && result.value.from <= now && now < result.value.until) asleep.add(key);
  });
  await Promise.race([Promise.all(asked), wire.sleepUntil(wire.now() + LONGEST_WAIT_MS, enough.signal)]);
  enough.abort();
  return new Set(asleep);
}
