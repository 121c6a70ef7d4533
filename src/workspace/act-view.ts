import { type Acting, type ActResult, actor, failedDelivery, payloadBase } from './act.ts';
import { formErrors, type InputValues, stateValues } from './element-state.ts';
import type { User, View } from './model.ts';
import { isObject, type JsonObject, problemText } from './strict/check.ts';
import { refuseView } from './strict/view.ts';
import { closeViews, makeView, replaceView, STACK_MAX, showView, stackOf, topView } from './view-stack.ts';
import { viewJson } from './wire.ts';

/** Submits the top modal. The form checks itself first, as Slack's does; then the app answers with a response_action. */
export async function submitView(acting: Acting, userId: string, values: InputValues): Promise<ActResult> {
  const { context } = acting;
  const user = actor(acting, userId);
  const open = topView(context.state, user.id);
  if (!open) throw new Error(`${user.displayName} has no modal open`);
  const view: View = { ...open, values: stateValues(open.blocks, open.values, values) };
  context.state.views.set(view.id, view);
  const errors = formErrors(view.blocks, view.values);
  if (Object.keys(errors).length > 0)
    return { ok: false, error: 'form_errors', detail: Object.keys(errors).join(', '), errors };
  const delivery = await acting.link.send({
    type: 'interactive',
    acceptsResponse: true,
    payload: {
      type: 'view_submission',
      ...payloadBase(acting, user),
      trigger_id: context.triggers.issueTrigger(user.id),
      view: viewJson(context, view),
      response_urls: [],
    },
  });
  if (delivery.outcome !== 'acked') return failedDelivery(acting, user.id, 'Submitting', delivery);
  return applyResponse(acting, user, view, delivery.payload);
}

/** Follows `response_action`: errors, update, push, clear; nothing closes the view. */
function applyResponse(acting: Acting, user: User, view: View, payload: unknown): ActResult {
  const { state } = acting.context;
  const answer: JsonObject = isObject(payload) ? payload : {};
  const done: ActResult = { ok: true, response: payload };
  switch (answer['response_action']) {
    case undefined:
      closeViews(state, user.id, view.clearOnClose);
      return done;
    case 'clear':
      closeViews(state, user.id, true);
      return done;
    case 'errors':
      return viewErrors(acting, view, answer['errors']);
    case 'update':
    case 'push':
      return applyView(acting, user, view, answer) ?? done;
    default:
      return invalid(acting, payload, [`unknown response_action ${JSON.stringify(answer['response_action'])}`]);
  }
}

function viewErrors(acting: Acting, view: View, raw: unknown): ActResult {
  const known = new Set(view.blocks.filter((block) => block['type'] === 'input').map((block) => block['block_id']));
  const entries = isObject(raw) ? Object.entries(raw) : [];
  const strangers = entries.map(([id]) => id).filter((id) => !known.has(id));
  if (entries.length === 0 || strangers.length > 0) {
    return invalid(acting, raw, [
      `errors must name input blocks of the view; unknown: ${strangers.join(', ') || 'none given'}`,
    ]);
  }
  const errors = Object.fromEntries(entries.map(([id, text]) => [id, String(text)]));
  return { ok: false, error: 'view_errors', detail: Object.values(errors).join('; '), errors };
}

function applyView(acting: Acting, user: User, view: View, answer: JsonObject): ActResult | undefined {
  const { state, strict } = acting.context;
  const raw = answer['view'];
  const refusal = strict ? refuseView(raw, 'modal') : undefined;
  if (refusal) return invalid(acting, answer, [refusal.error, ...refusal.problems.map(problemText)]);
  if (!isObject(raw)) return invalid(acting, answer, ['response_action needs a view']);
  if (answer['response_action'] === 'update') {
    replaceView(state, view, raw);
    return undefined;
  }
  if (stackOf(state, user.id).length >= STACK_MAX) return invalid(acting, answer, ['push_limit_reached']);
  showView(state, makeView(state, user.id, raw, { rootId: view.rootId, previousId: view.id }), true);
  return undefined;
}

function invalid(acting: Acting, response: unknown, errors: readonly string[]): ActResult {
  acting.context.traffic.add({ kind: 'ack', name: 'view_submission answer', response, errors });
  return { ok: false, error: 'invalid_response', detail: errors.join('; ') };
}

/** Closes the top modal (its Close button), or the whole stack; the app hears of views that asked for it. */
export async function closeView(acting: Acting, userId: string, all = false): Promise<ActResult> {
  const { context } = acting;
  const user = actor(acting, userId);
  const stack = stackOf(context.state, user.id);
  const top = stack.at(-1);
  if (!top) throw new Error(`${user.displayName} has no modal open`);
  const isCleared = all || top.clearOnClose;
  const closed = isCleared ? stack : [top];
  closeViews(context.state, user.id, isCleared);
  for (const view of closed.filter((one) => one.notifyOnClose)) {
    const payload = {
      type: 'view_closed',
      ...payloadBase(acting, user),
      view: viewJson(context, view),
      is_cleared: isCleared,
    };
    const delivery = await acting.link.send({ type: 'interactive', acceptsResponse: false, payload });
    if (delivery.outcome !== 'acked') return failedDelivery(acting, user.id, 'Closing', delivery);
  }
  return { ok: true, response: undefined };
}
