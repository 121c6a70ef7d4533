/** What somebody wants to do. `gate_override` and long or match-all silences belong to admins. */
export type RightsAct =
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'resolve' }
  | { readonly kind: 'verdict' }
  | { readonly kind: 'silence'; readonly forMs: number; readonly scope: 'group' | 'other' | 'everything' }
  | { readonly kind: 'override' }
  /** Arranging one's own shifts with somebody who agrees. */
  | { readonly kind: 'own_shift' }
  /** Calling people by hand. */
  | { readonly kind: 'page' }
  | { readonly kind: 'gate_override' };

/** What is known of the person at the moment of the act. */
export interface ActorFacts {
  /** `trusted`: not a Slack user but a token with the right scope, the command line, or the program itself. */
  readonly standing: 'member' | 'guest' | 'stranger' | 'trusted';
  /** The Slack user groups the person is in; undefined where they could not be read. */
  readonly groups: readonly string[] | undefined;
  /** Is the person in the channel of the card? undefined where it could not be read. */
  readonly inCardChannel: boolean | undefined;
  /** On call in any schedule. */
  readonly onCall: boolean;
  /** On call in a schedule of the policy that pages for this card. */
  readonly onCallForCard: boolean;
  /** What the person gave as a reason; '' for none. */
  readonly reason: string;
}

/** The `rights:` of watchroom.yml: user groups (handles or ids) per act. An empty list leaves the act to every full member. */
export interface RightsConfig {
  readonly resolve: readonly string[];
  readonly silence: readonly string[];
  readonly override: readonly string[];
  readonly page?: readonly string[];
  readonly admins: readonly string[];
}

export type RightsReason =
  | 'trusted'
  | 'no_groups_configured'
  | 'in_group'
  | 'admin'
  | 'on_call'
  | 'own_shift'
  | 'in_channel'
  | 'guest'
  | 'stranger'
  | 'not_in_channel'
  | 'not_in_group'
  | 'groups_unreadable'
  | 'admins_only'
  | 'reason_missing';

export interface RightsDecision {
  readonly allowed: boolean;
  readonly reason: RightsReason;
  /** For the person, where it is refused. */
  readonly message: string;
}

/** The longest silence that needs no admin where groups are configured, and that on-call may always set on the card's group. */
const LONGEST_PLAIN_SILENCE_MS = 4 * 3_600_000;

/**
 * May this person do this, now? Pure; ask again at the moment of the act, not when the button was drawn.
 * Admin rules apply only where `admins` is configured: a team that configures nothing trusts every full member.
 */
export function decideRights(act: RightsAct, facts: ActorFacts, config: RightsConfig): RightsDecision {
  switch (facts.standing) {
    case 'trusted':
      return allow('trusted');
    case 'guest':
      return refuse('guest', 'Guests cannot act on alerts. Ask a full member of the workspace.');
    case 'stranger':
      return refuse('stranger', 'Only members of this workspace can act on alerts.');
    case 'member':
      return decideMember(act, facts, config);
  }
}

function decideMember(act: RightsAct, facts: ActorFacts, config: RightsConfig): RightsDecision {
  switch (act.kind) {
    case 'acknowledge':
    case 'verdict':
      if (facts.onCall) return allow('on_call');
      // A channel that cannot be read must not keep anybody from answering at night.
      if (facts.inCardChannel !== false) return allow('in_channel');
      return refuse('not_in_channel', 'Join the channel of this alert first, or be on call.');
    case 'resolve':
      if (facts.onCallForCard) return allow('on_call');
      return inGroups(config.resolve, facts, config, 'resolve alerts');
    case 'silence': {
      const wide = act.scope === 'everything' || act.forMs > LONGEST_PLAIN_SILENCE_MS;
      if (!wide && act.scope === 'group' && facts.onCallForCard) return allow('on_call');
      if (wide && config.admins.length > 0)
        return asAdmin(facts, config, 'A silence over 4 h, or of everything, needs an admin.');
      return inGroups(config.silence, facts, config, 'silence alerts');
    }
    case 'override':
      return inGroups(config.override, facts, config, 'change who is on call', '');
    case 'page':
      return inGroups(config.page ?? [], facts, config, 'page people by hand', '');
    case 'own_shift':
      return allow('own_shift');
    case 'gate_override':
      if (config.admins.length > 0) return asAdmin(facts, config, 'Overriding a gate needs an admin.');
      return facts.reason === '' ? reasonMissing() : allow('no_groups_configured');
  }
}

function inGroups(
  groups: readonly string[],
  facts: ActorFacts,
  config: RightsConfig,
  what: string,
  others = ', and whoever is on call for it',
): RightsDecision {
  if (groups.length === 0) return allow('no_groups_configured');
  if (facts.groups === undefined)
    return refuse(
      'groups_unreadable',
      `Your user groups cannot be read just now${others && '; whoever is on call can do it'}.`,
    );
  if (shares(facts.groups, config.admins)) return allow('admin');
  if (shares(facts.groups, groups)) return allow('in_group');
  return refuse('not_in_group', `Only ${groups.join(', ')} may ${what}${others}.`);
}

function asAdmin(facts: ActorFacts, config: RightsConfig, why: string): RightsDecision {
  if (facts.groups === undefined)
    return refuse('groups_unreadable', `${why} Your user groups cannot be read just now.`);
  if (!shares(facts.groups, config.admins)) return refuse('admins_only', `${why} Ask ${config.admins.join(', ')}.`);
  return facts.reason === '' ? reasonMissing() : allow('admin');
}

function reasonMissing(): RightsDecision {
  return refuse('reason_missing', 'Give a reason: it is kept with the act.');
}

function shares(mine: readonly string[], wanted: readonly string[]): boolean {
  return mine.some((group) => wanted.includes(group));
}

function allow(reason: RightsReason): RightsDecision {
  return { allowed: true, reason, message: '' };
}

function refuse(reason: RightsReason, message: string): RightsDecision {
  return { allowed: false, reason, message };
}
