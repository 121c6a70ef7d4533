import { nearest } from '../document/suggest.ts';
import { Labels } from '../labels/labels.ts';
import { matchesAll } from '../labels/matcher.ts';
import type { Person } from '../people/person.ts';
import { written } from './level-people.ts';
import type { PageChain } from './manual-page.ts';
import type { IncidentsPorts } from './ports.ts';

/** What a page by hand needs to know of people beside the directory. */
export interface PageDirectory {
  /** A user group by id or handle, with or without `@`; undefined where there is none, or groups cannot be read. */
  readonly userGroup: (reference: string) => { readonly handle: string; readonly users: readonly string[] } | undefined;
  /** Teams that models belong to. */
  readonly teams: () => readonly string[];
  /** Whether Slack knows the account and it is a person's; people without an account count as they are. */
  readonly isPerson: (person: Person) => boolean;
  /** What else people may be called: to suggest what was meant. */
  readonly names: () => readonly string[];
  /** Another way than Slack to this person. */
  readonly otherWay: (person: Person) => 'sms' | undefined;
  /** Where a page's card stands that was asked for nowhere in particular; undefined without Slack. */
  readonly channel: () => string | undefined;
}

export type PageTarget =
  | { readonly kind: 'found'; readonly to: string; readonly chain: PageChain }
  | { readonly kind: 'unknown'; readonly message: string };

type Known = Pick<IncidentsPorts, 'directory' | 'schedules' | 'policies' | 'paging'>;

const MOST_NEAR = 3;

/** Whom a pager means: a user group, a schedule, a policy, a team or a person, in this order; names in any case. */
export function pageTarget(ports: Known, people: PageDirectory, text: string): PageTarget {
  const wanted = text.trim();
  const group = people.userGroup(wanted);
  if (group) return groupTarget(ports, group);
  const schedule = named(ports.directory.schedule(wanted), ports.schedules.names());
  if (schedule !== undefined) return { kind: 'found', to: schedule, chain: scheduleChain(ports, schedule) };
  const policy = named(wanted, [...ports.policies().keys()]);
  if (policy !== undefined) return { kind: 'found', to: policy, chain: policyChain(ports, policy, 0) };
  const team = named(wanted, people.teams());
  if (team !== undefined) return teamTarget(ports, team);
  const person = ports.directory.person(wanted);
  if (person && (person.leftAt !== undefined || people.isPerson(person) || /^<?@/.test(wanted)))
    return personTarget(person, people);
  return unknown(ports, people, wanted);
}

/** The ladder of the first policy that names the schedule, from that level on; else whoever holds it. */
function scheduleChain(ports: Known, schedule: string): PageChain {
  for (const { name, levels } of ports.policies().values()) {
    const from = levels.findIndex(({ targets }) =>
      targets.some(({ kind, id }) => kind === 'schedule' && ports.directory.schedule(id) === schedule),
    );
    if (from >= 0) return policyChain(ports, name, from);
  }
  return { kind: 'own', targets: [{ kind: 'schedule', id: schedule }], mentions: true };
}

/** A policy that only sends notices of alerts is called all the same: a person asks. */
function policyChain(ports: Known, name: string, from: number): PageChain {
  const policy = ports.policies().get(name);
  if (policy?.manner !== 'notice') return { kind: 'policy', name, from };
  const targets = policy.levels.flatMap((level) => level.targets).map(({ kind, id }) => ({ kind, id }));
  return { kind: 'own', targets, mentions: true };
}

/** What a P1 of one of the team's models would start. */
function teamTarget(ports: Known, team: string): PageTarget {
  const labels = Labels.of({ team, priority: 'P1' });
  const entry = ports.paging().find(({ matchers }) => matchesAll(matchers, labels));
  if (entry && ports.policies().has(entry.escalationPolicy))
    return { kind: 'found', to: team, chain: policyChain(ports, entry.escalationPolicy, 0) };
  return {
    kind: 'unknown',
    message: `No entry of \`paging\` says whom a P1 of team “${team}” pages: name a schedule or a person.`,
  };
}

function groupTarget(ports: Known, { handle, users }: { handle: string; users: readonly string[] }): PageTarget {
  const members = users.filter((id) => ports.directory.person(id));
  if (members.length === 0) return { kind: 'unknown', message: `@${handle} has no members who can be paged.` };
  const targets = members.map((id) => ({ kind: 'user', id }) as const);
  return { kind: 'found', to: `@${handle}`, chain: { kind: 'own', targets, mentions: true } };
}

function personTarget(person: Person, people: PageDirectory): PageTarget {
  if (person.leftAt !== undefined)
    return { kind: 'unknown', message: `${person.name} is deactivated: nobody would hear it.` };
  if (person.slackId !== undefined && !people.isPerson(person))
    return { kind: 'unknown', message: 'That account is no person of this workspace: nobody would hear it.' };
  if (person.slackId === undefined && people.otherWay(person) === undefined)
    return {
      kind: 'unknown',
      message: `${person.name} has no Slack account and no phone number here: nobody would hear it.`,
    };
  const chain: PageChain = { kind: 'own', targets: [{ kind: 'user', id: person.key }], mentions: false };
  return { kind: 'found', to: written(person), chain };
}

function named(wanted: string, names: readonly string[]): string | undefined {
  const lower = wanted.toLowerCase();
  return names.find((name) => name === wanted) ?? names.find((name) => name.toLowerCase() === lower);
}

function unknown(ports: Known, people: PageDirectory, wanted: string): PageTarget {
  const schedules = ports.schedules.names();
  const known = [...schedules, ...ports.policies().keys(), ...people.teams(), ...people.names()];
  const parts = wanted
    .toLowerCase()
    .split(/[\s@_-]+/)
    .filter((part) => part !== '');
  // "ml-primary" is ml-platform-primary, though many letters are missing.
  const near = [
    ...new Set(known.filter((name) => parts.length > 0 && parts.every((part) => name.toLowerCase().includes(part)))),
  ].slice(0, MOST_NEAR);
  while (near.length < MOST_NEAR) {
    const next = nearest(
      wanted.replace(/^@/, ''),
      known.filter((name) => !near.includes(name)),
    );
    if (next === undefined) break;
    near.push(next);
  }
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : schedules.length > 0
        ? `Mention a person, or name a schedule: ${schedules.slice(0, 10).join(', ')}.`
        : 'Mention a person.';
  return { kind: 'unknown', message: `Nobody and no schedule is called “${wanted.slice(0, 80)}”. ${hint}` };
}
