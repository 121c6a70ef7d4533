import type { View } from '../model.ts';
import type { JsonObject } from '../strict/check.ts';
import { isObject } from '../strict/check.ts';
import { refuseView } from '../strict/view.ts';
import { makeView, replaceView, STACK_MAX, showView, stackOf } from '../view-stack.ts';
import { viewJson } from '../wire.ts';
import { ApiError, type Call, type Method, refused } from './call.ts';

/** The `view` argument, checked for the surface. */
function viewArgument(call: Call, kind: 'modal' | 'home'): JsonObject {
  const raw = call.structured('view', 'invalid_arguments');
  if (raw === undefined) call.required('view');
  if (call.context.strict) {
    const refusal = refuseView(raw, kind);
    if (refusal) throw refused(refusal);
  }
  if (!isObject(raw)) throw new ApiError('invalid_arguments');
  return raw;
}

function userOfTrigger(call: Call): string {
  const outcome = call.context.triggers.spendTrigger(call.required('trigger_id'));
  if ('error' in outcome) throw new ApiError(outcome.error);
  return outcome.user;
}

function uniqueExternalId(call: Call, raw: JsonObject, except?: string): void {
  const external = raw['external_id'];
  if (typeof external !== 'string' || external === '') return;
  const taken = [...call.context.state.views.values()].some(
    (view) => view.externalId === external && view.id !== except,
  );
  if (taken) throw new ApiError('duplicate_external_id');
}

/** Slack looks at the view before it spends the trigger. */
const open: Method = {
  tier: 4,
  token: 'bot',
  run: (call) => {
    const raw = viewArgument(call, 'modal');
    uniqueExternalId(call, raw);
    const view = makeView(call.context.state, userOfTrigger(call), raw);
    showView(call.context.state, view, false);
    return { view: viewJson(call.context, view) };
  },
};

const push: Method = {
  tier: 4,
  token: 'bot',
  run: (call) => {
    const { state } = call.context;
    const raw = viewArgument(call, 'modal');
    uniqueExternalId(call, raw);
    const user = userOfTrigger(call);
    const stack = stackOf(state, user);
    const below = stack.at(-1);
    if (!below) throw new ApiError('not_found');
    if (stack.length >= STACK_MAX) throw new ApiError('push_limit_reached');
    const view = makeView(state, user, raw, { rootId: below.rootId, previousId: below.id });
    showView(state, view, true);
    return { view: viewJson(call.context, view) };
  },
};

function findView(call: Call): View {
  const { views, homes } = call.context.state;
  const id = call.text('view_id');
  const external = call.text('external_id');
  if (id === '' && external === '') call.required('view_id');
  const found = [...views.values(), ...homes.values()].find((view) =>
    id === '' ? view.externalId === external : view.id === id,
  );
  if (!found) throw new ApiError('not_found');
  return found;
}

const update: Method = {
  tier: 4,
  token: 'bot',
  run: (call) => {
    const old = findView(call);
    const raw = viewArgument(call, old.type);
    if (call.has('hash') && call.text('hash') !== old.hash) throw new ApiError('hash_conflict');
    uniqueExternalId(call, raw, old.id);
    return { view: viewJson(call.context, replaceView(call.context.state, old, raw)) };
  },
};

const publish: Method = {
  tier: 4,
  token: 'bot',
  run: (call) => {
    const { state, manifest, strict } = call.context;
    if (strict && !manifest.homeTab) throw new ApiError('not_enabled');
    const user = state.users.get(call.required('user_id'));
    if (!user) throw new ApiError('invalid_user_id');
    const raw = viewArgument(call, 'home');
    const old = state.homes.get(user.id);
    if (call.has('hash') && old && call.text('hash') !== old.hash) throw new ApiError('hash_conflict');
    const view = makeView(state, user.id, raw, old ? { id: old.id, rootId: old.id } : {});
    state.homes.set(user.id, view);
    state.announce({ kind: 'home', user: user.id });
    return { view: viewJson(call.context, view) };
  },
};

export const viewsMethods: Readonly<Record<string, Method>> = {
  'views.open': open,
  'views.push': push,
  'views.update': update,
  'views.publish': publish,
};
