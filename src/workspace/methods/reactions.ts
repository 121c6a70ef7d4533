import type { Message } from '../model.ts';
import { messageJson } from '../wire.ts';
import { ApiError, type Call, type Method } from './call.ts';

function target(call: Call): Message {
  const channel = call.channel();
  const message = call.context.state.message(channel.id, call.required('timestamp'));
  if (!message) throw new ApiError('message_not_found');
  return message;
}

/** Adds or removes one person's reaction; returns the reactions after it, or undefined when nothing would change. */
export function toggledReactions(
  message: Message,
  name: string,
  user: string,
  on: boolean,
): Message['reactions'] | undefined {
  const existing = message.reactions.find((reaction) => reaction.name === name);
  const has = existing?.users.includes(user) === true;
  if (has === on) return undefined;
  if (on) {
    if (!existing) return [...message.reactions, { name, users: [user] }];
    return message.reactions.map((reaction) =>
      reaction.name === name ? { name, users: [...reaction.users, user] } : reaction,
    );
  }
  return message.reactions
    .map((reaction) =>
      reaction.name === name ? { name, users: reaction.users.filter((id) => id !== user) } : reaction,
    )
    .filter((reaction) => reaction.users.length > 0);
}

function setter(on: boolean): Method {
  return {
    tier: on ? 3 : 2,
    token: 'bot',
    scopes: () => ['reactions:write'],
    run: (call) => {
      const name = call.required('name').replace(/^:|:$/g, '');
      if (!/^[a-z0-9_+'-]+(?:::[a-z0-9-]+)?$/.test(name)) throw new ApiError('invalid_name');
      const message = target(call);
      const reactions = toggledReactions(message, name, call.context.state.identity.botUserId, on);
      if (!reactions) throw new ApiError(on ? 'already_reacted' : 'no_reaction');
      call.context.state.change(message, { reactions });
      return {};
    },
  };
}

const get: Method = {
  tier: 3,
  token: 'bot',
  scopes: () => ['reactions:read'],
  run: (call) => {
    const message = target(call);
    return { type: 'message', channel: message.channel, message: messageJson(call.context, message) };
  },
};

export const reactionsMethods: Readonly<Record<string, Method>> = {
  'reactions.add': setter(true),
  'reactions.remove': setter(false),
  'reactions.get': get,
};
