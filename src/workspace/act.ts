import type { AppLink } from './app-link.ts';
import type { Context } from './context.ts';
import type { InputValue, InputValues } from './element-state.ts';
import type { User } from './model.ts';
import type { Delivery } from './socket-mode.ts';
import type { JsonObject } from './strict/check.ts';

/** Why an act did not go through, as the person would see it. */
export type ActFailure =
  /** The app did not answer within 3 seconds. */
  | 'operation_timeout'
  /** Nobody was connected, or the app answered with an HTTP error. */
  | 'dispatch_failed'
  | 'unknown_command'
  | 'not_supported_in_threads'
  /** The form itself refused: empty or out of range. */
  | 'form_errors'
  /** The app answered `response_action: errors`. */
  | 'view_errors'
  /** The app's answer was not a message or view that Slack would take. */
  | 'invalid_response';

export type ActResult =
  | { readonly ok: true; readonly response: unknown }
  | {
      readonly ok: false;
      readonly error: ActFailure;
      readonly detail: string;
      readonly errors?: Readonly<Record<string, string>>;
    };

export interface ClickTarget {
  /** Where the message stands; absent for a view. */
  readonly channel?: string;
  readonly ts?: string;
  /** Acts on the top modal or the home tab instead of a message. */
  readonly surface?: 'modal' | 'home';
  readonly actionId: string;
  readonly blockId?: string;
  /** What was typed or chosen: an option's value, a user id, a date, several option values. Buttons need none. */
  readonly value?: InputValue;
  /** Another word for `value` where the element has options. */
  readonly selectedOption?: string;
  /** Other inputs of the same surface that were filled before. */
  readonly values?: InputValues;
}

export interface Acting {
  readonly context: Context;
  readonly link: AppLink;
}

/** The person who acts; throws for an id that nobody has, because that is a mistake of the caller. */
export function actor({ context }: Acting, id: string): User {
  const user = context.state.users.get(id);
  if (!user) throw new Error(`no user ${id}; there are ${[...context.state.users.keys()].join(', ')}`);
  return user;
}

/** Fields that every interaction payload begins with. */
export function payloadBase({ context }: Acting, user: User): JsonObject {
  const { identity } = context.state;
  return {
    user: { id: user.id, username: user.handle, name: user.handle, team_id: identity.teamId },
    api_app_id: identity.appId,
    token: 'local',
    team: { id: identity.teamId, domain: identity.teamDomain },
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** The failure a person sees when the app was not reached in time. */
export function failedDelivery(
  acting: Acting,
  user: string,
  what: string,
  delivery: Exclude<Delivery, { outcome: 'acked' }>,
): ActResult {
  const error: ActFailure = delivery.outcome === 'timeout' ? 'operation_timeout' : 'dispatch_failed';
  const detail = delivery.outcome === 'failed' ? delivery.detail : 'the app did not answer within 3 seconds';
  acting.context.state.announce({
    kind: 'notice',
    user,
    level: 'error',
    text: `${what} failed because the app did not respond (${error}).`,
  });
  return { ok: false, error, detail };
}

/** Micros of now, as `action_ts` and `event_ts`. */
export function actionTs({ context }: Acting): string {
  return (context.state.now() / 1000).toFixed(6);
}
