import type { ActResult } from './actions.ts';
import type { Incident } from './incident.ts';
import type { IncidentStore } from './store.ts';

const SHORTEST_PREFIX = 4;

export type Lookup =
  | { readonly kind: 'found'; readonly incident: Incident }
  | { readonly kind: 'refused'; readonly refusal: Extract<ActResult, { kind: 'refused' }> };

/** By id, by a unique beginning of at least four characters, or by an alert name (in any case: phones) with exactly one open incident. */
export function lookUp(store: IncidentStore, text: string): Lookup {
  const wanted = text.trim();
  const exact = store.incident(wanted);
  if (exact) return { kind: 'found', incident: exact };
  const lower = wanted.toLowerCase();
  const named = store.openIncidents().filter(({ alertName }) => alertName.toLowerCase() === lower);
  const begun = wanted.length >= SHORTEST_PREFIX ? store.byPrefix(lower) : [];
  const candidates = begun.length > 0 ? begun : named;
  const [only, second] = candidates;
  if (!only)
    return refuse('not_found', `There is no incident ${quoted(wanted)}, nor an open one of an alert of that name.`);
  if (!second) return { kind: 'found', incident: only };
  const list = candidates.map(({ id, alertName }) => `${id} ${alertName}`).join(', ');
  return refuse('invalid', `${quoted(wanted)} can mean several incidents: ${list}. Use the id.`);
}

function refuse(code: 'not_found' | 'invalid', message: string): Lookup {
  return { kind: 'refused', refusal: { kind: 'refused', code, message } };
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
