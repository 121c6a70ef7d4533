import type { Method } from './call.ts';
import { chatMethods } from './chat.ts';
import { conversationsMethods } from './conversations.ts';
import { filesMethods } from './files.ts';
import { peopleMethods } from './people.ts';
import { reactionsMethods } from './reactions.ts';
import { scheduledMethods } from './scheduled.ts';
import { sessionMethods } from './session.ts';
import { viewsMethods } from './views.ts';

/** Every Web API method the workspace knows; anything else answers `unknown_method`. */
export const methods: Readonly<Record<string, Method>> = {
  ...sessionMethods,
  ...chatMethods,
  ...scheduledMethods,
  ...conversationsMethods,
  ...peopleMethods,
  ...viewsMethods,
  ...reactionsMethods,
  ...filesMethods,
};
