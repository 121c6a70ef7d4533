import type { Context } from './context.ts';

/** Posts what `chat.scheduleMessage` left for now or earlier. */
export function deliverDue(context: Context): void {
  const { state, traffic } = context;
  for (const entry of state.scheduled.values()) {
    if (entry.postAt * 1000 > state.now()) continue;
    state.scheduled.delete(entry.id);
    const channel = state.channels.get(entry.channel);
    if (!channel) continue;
    if (entry.metadata !== undefined) {
      // A known defect of Slack: such a message is accepted and never posted.
      traffic.add({
        kind: 'note',
        name: 'chat.scheduleMessage',
        errors: ['a scheduled message with metadata is never posted'],
      });
      continue;
    }
    const { id: _id, postAt: _postAt, created: _created, ...said } = entry;
    const message = state.post({ ...said, user: state.identity.botUserId, fromBot: true });
    context.emitMessage(message, channel);
  }
}
