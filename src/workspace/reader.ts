import type { Context } from './context.ts';
import type { Message, ScheduledMessage, View } from './model.ts';
import type { TrafficEntry } from './traffic.ts';
import { stackOf } from './view-stack.ts';

/** What tests look at. Channels by id or name; lists oldest first. */
export interface StateReader {
  /** What stands in a channel for everyone (no ephemerals, no plain replies). */
  messages(channel: string): Message[];
  /** Parent first. */
  thread(channel: string, ts: string): Message[];
  /** The direct messages between a person and the bot. */
  dms(user: string): Message[];
  /** What only this person sees, in one channel or everywhere. */
  ephemerals(user: string, channel?: string): Message[];
  /** Open modals, bottom first. */
  views(user: string): View[];
  home(user: string): View | undefined;
  scheduled(channel: string): ScheduledMessage[];
  /** Calls, envelopes, acknowledgements, faults. */
  readonly log: readonly TrafficEntry[];
  /** Entries the validator refused: in a healthy test there are none but those provoked. */
  refused(): TrafficEntry[];
  /** Web API calls to one method. */
  calls(method: string): TrafficEntry[];
  /** Every Web API method the app has called: what a manifest's scopes must cover. */
  methodsUsed(): string[];
}

export function readerOf({ state, traffic }: Context): StateReader {
  const channelId = (reference: string): string => {
    const channel = state.findChannel(reference);
    if (!channel)
      throw new Error(
        `no channel ${reference}; there are ${[...state.channels.values()].map((c) => c.name || c.id).join(', ')}`,
      );
    return channel.id;
  };
  return {
    messages: (channel) => state.channelMessages(channelId(channel)),
    thread: (channel, ts) => state.threadMessages(channelId(channel), ts),
    dms: (user) => state.channelMessages(state.directChannel(user).id),
    ephemerals: (user, channel) => {
      const ids = channel === undefined ? [...state.channels.keys()] : [channelId(channel)];
      return ids.flatMap((id) => state.allMessages(id).filter((message) => message.onlyFor === user));
    },
    views: (user) => stackOf(state, user),
    home: (user) => state.homes.get(user),
    scheduled: (channel) => {
      const id = channelId(channel);
      return [...state.scheduled.values()].filter((entry) => entry.channel === id);
    },
    get log() {
      return traffic.since();
    },
    refused: () => traffic.since().filter((entry) => entry.verdict === 'refused'),
    calls: (method) => traffic.since().filter((entry) => entry.kind === 'api' && entry.name === method),
    methodsUsed: () =>
      [
        ...new Set(
          traffic
            .since()
            .filter((entry) => entry.kind === 'api')
            .map((entry) => entry.name),
        ),
      ].toSorted(),
  };
}
