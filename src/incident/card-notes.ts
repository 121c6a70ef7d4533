import { type Alert, alertName } from '../alert/alert.ts';
import { rootCauseText } from '../routing/dependency.ts';
import { humanDuration } from '../time/duration.ts';
import { clockTime } from '../time/wall-clock.ts';
import type { Incident } from './incident.ts';
import { spoken } from './level-people.ts';
import type { IncidentLook } from './membership.ts';
import type { IncidentsPorts } from './ports.ts';

const MOST_MODELS_NAMED = 5;

/** What routing knows of an incident's alerts that people should: what it mutes, what is behind it, flapping, a silence that hid it. */
export function routingNotes(ports: IncidentsPorts, incident: Incident, look: IncidentLook, now: number): string[] {
  const open = look.open.map(({ alert }) => alert);
  return [mutes(ports, open, now), cause(ports, open), flaps(ports, open), hidden(ports, incident, open)].filter(
    (note) => note !== undefined,
  );
}

/** `mutes 12 alerts on 9 models: fraud-detector, …`. */
function mutes(ports: IncidentsPorts, open: readonly Alert[], now: number): string | undefined {
  const muted = new Map<string, Alert>();
  for (const { fingerprint } of open) {
    for (const alert of ports.mutedBy?.(fingerprint, now) ?? []) muted.set(alert.fingerprint, alert);
  }
  if (muted.size === 0) return undefined;
  const all = [...muted.values()];
  const models = [...new Set(all.map(({ labels }) => labels.get('model_name') || labels.get('model')))]
    .filter((model) => model !== '')
    .toSorted();
  const alerts = `mutes ${counted(muted.size, 'alert')}`;
  if (models.length === 0) return `${alerts}: ${few([...new Set(all.map(alertName))].toSorted())}`;
  return `${alerts} on ${counted(models.length, 'model')}: ${few(models)}`;
}

function few(names: readonly string[]): string {
  const rest = names.length - MOST_MODELS_NAMED;
  return rest > 0 ? `${names.slice(0, MOST_MODELS_NAMED).join(', ')} and ${rest} more` : names.join(', ');
}

function cause(ports: IncidentsPorts, open: readonly Alert[]): string | undefined {
  const own = new Set(open.map(({ fingerprint }) => fingerprint));
  const causes = new Map<string, Alert>();
  for (const alert of open) {
    const source = ports.causeOf?.(alert);
    if (source && !own.has(source.fingerprint)) causes.set(source.fingerprint, source);
  }
  const [root] = causes.values();
  if (!root) return undefined;
  return `root cause: ${rootCauseText({ source: root })}`;
}

/** `flapping: 6 changes in 20 min, held open until quiet for 5 min`. */
function flaps(ports: IncidentsPorts, open: readonly Alert[]): string | undefined {
  const holdMs = ports.flapHoldMs?.() ?? 0;
  const [most] = open
    .flatMap(({ flapping }) => (flapping && flapping.changes >= LEAST_CHANGES ? [flapping] : []))
    .toSorted((a, b) => b.changes - a.changes);
  if (!most || holdMs === 0) return undefined;
  const spanMs = Math.max(most.changedAt - most.since, 60_000);
  const quiet = humanDuration(holdMs);
  return `flapping: ${most.changes} changes in ${humanDuration(spanMs)}, held open until quiet for ${quiet}`;
}

/** As many as it takes for routing to hold an alert open. */
const LEAST_CHANGES = 6;

/** The first notice of something that a silence had hidden. */
function hidden(ports: IncidentsPorts, incident: Incident, open: readonly Alert[]): string | undefined {
  for (const alert of open) {
    const ended = ports.silences.lastEnded?.(alert.labels, alert.startsAt, incident.openedAt);
    if (!ended) continue;
    const zone = ports.directory.person(ended.by)?.zone ?? 'UTC';
    return `firing again: silence by ${spoken(ports, ended.by)} ended ${clockTime(ended.endedAt, zone)}`;
  }
  return undefined;
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
