import type { Actor } from './actions.ts';
import { type EscalationPolicy, type EscalationTarget, forPriority } from './escalation.ts';
import type { Incident } from './incident.ts';
import type { IncidentsPorts } from './ports.ts';

/** Who pages whom by hand, about what: what such an incident has instead of a condition. */
export interface ManualPage {
  readonly by: Actor;
  /** Whom the pager named: a person's Slack id or name, a schedule, a user group (`@ml-leads`), a policy, a team. */
  readonly to: string;
  /** As it was typed: data, never markup. */
  readonly message: string;
  readonly chain: PageChain;
}

/** Whom a page by hand reaches, in which order. */
export type PageChain =
  /** The levels of a configured policy from `from` (0 is the first) on. */
  | { readonly kind: 'policy'; readonly name: string; readonly from: number }
  /** Just these, again and again; afterwards the channel is mentioned, or only the pager told. */
  | {
      readonly kind: 'own';
      readonly targets: readonly Pick<EscalationTarget, 'kind' | 'id'>[];
      readonly mentions: boolean;
    };

/** Its first words, for lists. */
export function gist({ message }: ManualPage): string {
  return message.length <= LONGEST_GIST
    ? message
    : `${message
        .slice(0, LONGEST_GIST - 1)
        .toWellFormed()
        .trimEnd()}…`;
}

const LONGEST_GIST = 80;
/** How long somebody who is paged by hand outside any policy has to answer, and how often they are called before the pager hears. */
const OWN_DELAY_MS = 5 * 60_000;
const OWN_PASSES = 3;

/** The policy that an incident's ladder climbs: a configured one, or the one that a page by hand brought along. */
export function policyOf(
  ports: Pick<IncidentsPorts, 'policies'>,
  incident: Pick<Incident, 'page' | 'priority'> | undefined,
  ladder: { readonly policy: string } | undefined,
): EscalationPolicy | undefined {
  const policy = chosenPolicy(ports, incident, ladder);
  return policy && incident ? forPriority(policy, incident.priority) : policy;
}

function chosenPolicy(
  ports: Pick<IncidentsPorts, 'policies'>,
  incident: Pick<Incident, 'page'> | undefined,
  ladder: { readonly policy: string } | undefined,
): EscalationPolicy | undefined {
  const chain = incident?.page?.chain;
  if (!chain) return ladder && ports.policies().get(ladder.policy);
  if (chain.kind === 'own') {
    const { targets } = chain;
    return { name: 'page', description: '', passes: OWN_PASSES, levels: [{ targets, delayMs: OWN_DELAY_MS }] };
  }
  const policy = ports.policies().get(chain.name);
  if (!policy || chain.from === 0) return policy;
  const levels = policy.levels.slice(chain.from);
  return levels.length === 0 ? policy : { ...policy, levels };
}
