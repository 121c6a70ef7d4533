import { type Heard, OTHER_KINDS, type OtherKind } from './heard.ts';
import type { DeadRow } from './ledgers.ts';
import type { Outside } from './outside.ts';
import type { Severity } from './stage.ts';

/** What one notifier brought over, against what it owed. */
export interface Account {
  readonly kind: OtherKind;
  /** Messages owed: each episode's, by what the notifier tells of it. */
  readonly owed: number;
  readonly sent: number;
  readonly lost: readonly string[];
  /** Four lives in a row ended while the row was under way, so that it was taken for the cause; people were told in Slack instead. */
  readonly quarantined: number;
  /** Copies beyond the first. */
  readonly duplicates: number;
  /** Copies that no crash explains, and effects of copies that people would see. */
  readonly broken: readonly string[];
}

/** An episode that came and went, of a model with this severity. */
export interface PastEpisode {
  readonly model: string;
  readonly number: number;
  readonly severity: Severity;
}

/** Models whose incidents become tickets: an issue tracker's limits are low. */
export const TICKET_MODEL = 'model-02';

const ENDS: readonly string[] = ['firing', 'resolved'];

/** What each notifier has to say of an episode, by its severity's receiver. */
function owedOf({ model, severity }: PastEpisode): Partial<Record<OtherKind, readonly string[]>> {
  switch (severity) {
    case 'critical':
      return { pagerduty: ENDS, webhook: ENDS, email: ENDS, sms: ['firing'] };
    case 'warning':
      return { webhook: ENDS, email: ENDS, msteams: ENDS, ...(model === TICKET_MODEL && { ticket: ENDS }) };
    case 'info':
      return { webhook: ENDS };
    case 'slow':
      return {};
  }
}

export interface Evidence {
  readonly outside: Outside;
  readonly episodes: readonly PastEpisode[];
  /** When each life of the program ended, epoch ms, ascending. */
  readonly deaths: readonly number[];
  readonly dead: readonly DeadRow[];
  /** Messages of which the program itself noted that they may stand twice, by kind. */
  readonly inDoubt: ReadonlyMap<string, number>;
}

export function accountsOf({ outside, episodes, deaths, dead, inDoubt }: Evidence): Account[] {
  return OTHER_KINDS.map((kind) => {
    const heard = outside
      .heard()
      .filter((one) => one.kind === kind && one.act !== 'acknowledged')
      .toSorted((a, b) => a.at - b.at);
    const owed = episodes.flatMap((episode) =>
      (owedOf(episode)[kind] ?? []).map((act) => `${episode.model} ${episode.number} ${act}`),
    );
    const byName = copiesByName(heard);
    const quarantined = dead.filter((row) => row.kind === kind).length;
    const missed = owed.filter((name) => !byName.has(name)).map((name) => `lost: ${kind} was not told of ${name}`);
    const repeated = [...byName.values()].filter((copies) => copies.length > 1).length;
    const noted = inDoubt.get(kind) ?? 0;
    const strays = [...byName.keys()].filter((name) => !owed.includes(name));
    return {
      kind,
      owed: owed.length,
      sent: heard.length,
      lost: missed.length <= quarantined ? [] : missed,
      quarantined,
      duplicates: [...byName.values()].reduce((sum, copies) => sum + copies.length - 1, 0),
      broken: [
        ...strays.map((name) => `${kind} was told of ${name}, which never was`),
        ...(repeated > noted ? [`${kind}: ${repeated} came twice, and the audit trail knows of ${noted}`] : []),
        ...unexplained([...byName.values()], deaths),
        ...outOfOrder(byName, kind),
        ...effectsOf(kind, outside, episodes),
      ],
    };
  });
}

function nameOf({ episode, act }: Heard): string {
  return `${episode} ${act}`;
}

function copiesByName(heard: readonly Heard[]): ReadonlyMap<string, readonly Heard[]> {
  const copies = new Map<string, Heard[]>();
  for (const one of heard) copies.set(nameOf(one), [...(copies.get(nameOf(one)) ?? []), one]);
  return copies;
}

/** A call may be read from its socket when the caller is dead already. */
const STILL_ON_ITS_WAY_MS = 5000;

/** At most one copy per crash and destination: between a copy and the one before it lies a crash that explains no other. */
function unexplained(messages: readonly (readonly Heard[])[], deaths: readonly number[]): string[] {
  const repeats = messages
    .flatMap((copies) => copies.slice(1).map((copy, index) => ({ copy, since: copies[index]?.at ?? 0 })))
    .toSorted((a, b) => a.copy.at - b.copy.at);
  const spent = new Set<string>();
  return repeats.flatMap(({ copy, since }) => {
    const key = (at: number): string => `${copy.destination} ${at}`;
    const crash = deaths.find((at) => at >= since - STILL_ON_ITS_WAY_MS && at <= copy.at && !spent.has(key(at)));
    if (crash === undefined) return [`${copy.destination}: ${nameOf(copy)} came again, and no crash explains it`];
    spent.add(key(crash));
    return [];
  });
}

/** Nobody hears of an end before the beginning. */
function outOfOrder(byName: ReadonlyMap<string, readonly Heard[]>, kind: OtherKind): string[] {
  return [...byName.values()].flatMap(([first]) => {
    if (first?.act !== 'resolved') return [];
    const began = byName.get(`${first.episode} firing`)?.at(-1);
    // One that never came is lost, not late.
    return began === undefined || began.at <= first.at ? [] : [`${kind}: ${first.episode} ended before it began`];
  });
}

/** Where a repeated call names what it is about, people see one thing all the same. */
function effectsOf(kind: OtherKind, outside: Outside, episodes: readonly PastEpisode[]): string[] {
  const owed = episodes.filter((episode) => owedOf(episode)[kind] !== undefined);
  switch (kind) {
    case 'pagerduty': {
      const { incidents } = outside.pagerduty;
      const open = incidents.filter(({ state }) => state !== 'resolved').length;
      return [
        ...(incidents.length === owed.length
          ? []
          : [`${incidents.length} PagerDuty incidents for ${owed.length} episodes`]),
        ...(open === 0 ? [] : [`${open} PagerDuty incidents were left open`]),
      ];
    }
    case 'ticket': {
      const { issues } = outside.tickets;
      return issues.length === owed.length ? [] : [`${issues.length} issues for ${owed.length} episodes`];
    }
    case 'email':
      return sameIds(kind, outside.mail.copies, outside.heard());
    case 'webhook':
      return sameIds(kind, outside.hookCopies, outside.heard());
    case 'msteams':
    case 'sms':
      return [];
  }
}

/** Every copy bears the id of the first, so that whoever reads it can tell. */
function sameIds(kind: OtherKind, copies: ReadonlyMap<string, number>, heard: readonly Heard[]): string[] {
  const messages = new Set(heard.filter((one) => one.kind === kind).map(nameOf)).size;
  return copies.size === messages ? [] : [`${kind}: ${messages} messages under ${copies.size} ids`];
}
