import { randomBytes } from 'node:crypto';
import { withIds } from './content.ts';
import type { View } from './model.ts';
import type { WorkspaceState } from './state.ts';
import { isObject, type JsonObject } from './strict/check.ts';

/** Slack shows at most three modals on top of each other. */
export const STACK_MAX = 3;

export interface Placement {
  readonly id?: string;
  readonly rootId?: string;
  readonly previousId?: string;
}

/** A view as stored, from the app's (already checked) description. */
export function makeView(state: WorkspaceState, user: string, raw: JsonObject, place: Placement = {}): View {
  const id = place.id ?? state.nextId('V');
  return {
    id,
    type: raw['type'] === 'home' ? 'home' : 'modal',
    user,
    hash: `${Math.floor(state.now() / 1000)}.${randomBytes(4).toString('hex')}`,
    callbackId: words(raw['callback_id']),
    externalId: words(raw['external_id']),
    privateMetadata: words(raw['private_metadata']),
    ...(isObject(raw['title']) ? { title: raw['title'] } : {}),
    ...(isObject(raw['submit']) ? { submit: raw['submit'] } : {}),
    ...(isObject(raw['close']) ? { close: raw['close'] } : {}),
    blocks: withIds(Array.isArray(raw['blocks']) ? raw['blocks'].filter(isObject) : []),
    clearOnClose: raw['clear_on_close'] === true,
    notifyOnClose: raw['notify_on_close'] === true,
    values: {},
    rootId: place.rootId ?? id,
    ...(place.previousId === undefined ? {} : { previousId: place.previousId }),
  };
}

export function stackOf(state: WorkspaceState, user: string): View[] {
  return (state.stacks.get(user) ?? []).flatMap((id) => state.views.get(id) ?? []);
}

export function topView(state: WorkspaceState, user: string): View | undefined {
  return stackOf(state, user).at(-1);
}

/** Shows a modal: on top of the stack, or alone. */
export function showView(state: WorkspaceState, view: View, onTop: boolean): void {
  const below = onTop ? (state.stacks.get(view.user) ?? []) : [];
  if (!onTop) dropViews(state, view.user);
  state.views.set(view.id, view);
  state.stacks.set(view.user, [...below, view.id]);
  state.announce({ kind: 'view', user: view.user });
}

/** New content in the place of an open view; what people typed stays where block and action ids stay. */
export function replaceView(state: WorkspaceState, old: View, raw: JsonObject): View {
  const place = {
    id: old.id,
    rootId: old.rootId,
    ...(old.previousId === undefined ? {} : { previousId: old.previousId }),
  };
  const next = { ...makeView(state, old.user, raw, place), values: old.values };
  if (old.type === 'home') state.homes.set(old.user, next);
  else state.views.set(old.id, next);
  state.announce({ kind: old.type === 'home' ? 'home' : 'view', user: old.user });
  return next;
}

/** Closes the top view, or all. */
export function closeViews(state: WorkspaceState, user: string, all: boolean): void {
  if (all) dropViews(state, user);
  else {
    const stack = state.stacks.get(user) ?? [];
    const last = stack.at(-1);
    if (last !== undefined) state.views.delete(last);
    state.stacks.set(user, stack.slice(0, -1));
  }
  state.announce({ kind: 'view', user });
}

function dropViews(state: WorkspaceState, user: string): void {
  for (const id of state.stacks.get(user) ?? []) state.views.delete(id);
  state.stacks.delete(user);
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
