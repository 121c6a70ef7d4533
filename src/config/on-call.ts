import { DocumentError, type Position, type Problem } from '../document/position.ts';
import type { Located } from '../document/schema.ts';
import { nearest } from '../document/suggest.ts';
import { parseYaml, type YamlDocument } from '../document/yaml.ts';
import { UserError } from '../errors.ts';
import type { EscalationPolicy } from '../incident/escalation.ts';
import type { PagingEntry } from '../incident/ports.ts';
import { isEscalationDocument, readEscalationPolicy, readInlinePolicies, unmappedTargets } from '../incident/schema.ts';
import { SMALL_TEAM, smallTeamPolicy } from '../incident/small-team.ts';
import { includeProblems } from '../oncall/includes.ts';
import { memberProblems } from '../oncall/members.ts';
import type { Schedule } from '../oncall/schedule.ts';
import { isScheduleDocument, readInlineSchedules, readSchedule } from '../oncall/schema.ts';
import type { BusinessHours } from '../people/business-hours.ts';
import { createDirectory, type DirectoryConfig } from '../people/directory.ts';
import type { PeopleStore } from '../people/person.ts';
import { parseMatchers } from '../routing/matcher-text.ts';
import { parseTimeOfDay } from '../time/wall-clock.ts';
import { parseWeekdays } from '../time/weekly.ts';
import { expandPattern, readTextFile, shownPath, type TextFile } from './files.ts';
import type { WatchroomFile } from './schema.ts';

/** A schedule or policy, and where its name stands. */
export interface Placed<T> {
  readonly value: T;
  readonly at: Position;
}

export interface OnCallDocument {
  readonly schedules: readonly Placed<Schedule>[];
  readonly policies: readonly Placed<EscalationPolicy>[];
}

/** Who is on call, whom alerts page, and when people are at work, as watchroom.yml and the files it names say. */
export interface OnCallConfig {
  readonly schedules: readonly Schedule[];
  readonly policies: ReadonlyMap<string, EscalationPolicy>;
  readonly paging: readonly PagingEntry[];
  /** Where `paging:` stands, or would stand. */
  readonly pagingAt: Position;
  readonly businessHours: BusinessHours;
  /** Targets of policies that map to nobody, as warnings. */
  readonly unmapped: readonly Problem[];
  /** Where each schedule and policy was read. */
  readonly read: OnCallDocument;
}

const KEYS = ['oncall_schedule', 'escalation_policy', 'schedules', 'escalation_policies'] as const;

/** Before Slack has been asked nobody has an account. */
export const NO_ACCOUNTS: PeopleStore = {
  users: () => [],
  user: () => undefined,
  userByEmail: () => undefined,
  save: () => undefined,
  departures: () => [],
};

/** Targets of policies that map to nobody: errors for `check`, warnings for a bot that must start all the same. */
export function unmappedIn(
  { schedules, policies }: OnCallDocument,
  directory: DirectoryConfig,
  severity: Problem['severity'],
): Problem[] {
  return unmappedTargets(
    policies.map(({ value }) => value),
    createDirectory(() => directory, NO_ACCOUNTS),
    schedules.map(({ value }) => value.name),
    severity,
  );
}

/** Whether a document speaks of schedules or policies and not of the whole configuration. */
export function isOnCallDocument(document: YamlDocument): boolean {
  return isScheduleDocument(document) || isEscalationDocument(document);
}

/**
 * Reads a file of schedules and escalation policies, told apart by their keys; one file may hold several.
 * @throws DocumentError with every problem, each at its place.
 */
export function readOnCallDocument(document: YamlDocument): OnCallDocument {
  const value = new Map(Object.entries(document.value ?? {}));
  const unknown = [...value.keys()].filter((key) => !(KEYS as readonly string[]).includes(key));
  if (unknown.length > 0 || value.size === 0) {
    throw new DocumentError(unknownKeys(unknown, document));
  }
  const only = (key: (typeof KEYS)[number]): YamlDocument => ({
    file: document.file,
    value: { [key]: value.get(key) },
    at: (path, part) => document.at(path, part),
  });
  const schedules: Placed<Schedule>[] = [];
  const policies: Placed<EscalationPolicy>[] = [];
  if (value.has('oncall_schedule')) {
    const at = document.at(['oncall_schedule', 'name']);
    schedules.push({ value: readSchedule(only('oncall_schedule')), at });
  }
  if (value.has('escalation_policy')) {
    const at = document.at(['escalation_policy', 'name']);
    policies.push({ value: readEscalationPolicy(only('escalation_policy')), at });
  }
  const inline = readInline(value.get('schedules'), value.get('escalation_policies'), document);
  return { schedules: [...schedules, ...inline.schedules], policies: [...policies, ...inline.policies] };
}

function unknownKeys(unknown: readonly string[], document: YamlDocument): Problem[] {
  const expected = `expected ${KEYS.slice(0, 2).join(' or ')}`;
  if (unknown.length === 0) return [{ severity: 'error', at: document.at([]), message: `nothing here: ${expected}` }];
  return unknown.map((key) => {
    const near = nearest(key, KEYS);
    const hint = near ? `did you mean ${near}?` : expected;
    return { severity: 'error', at: document.at([key], 'key'), message: `unknown key ${key}; ${hint}` };
  });
}

function readInline(schedules: unknown, policies: unknown, document: YamlDocument): OnCallDocument {
  return {
    schedules: readInlineSchedules(schedules, document).map((value, index) => ({
      value,
      at: document.at(['schedules', index, 'name']),
    })),
    policies: readInlinePolicies(policies, document).map((value, index) => ({
      value,
      at: document.at(['escalation_policies', index, 'name']),
    })),
  };
}

/**
 * Everything that watchroom.yml says of people on call; the problems it notes are errors but for patterns that match no file.
 * @throws DocumentError for a file that cannot be read.
 */
export function readOnCall(
  located: Located<WatchroomFile>,
  document: YamlDocument,
  folders: { readonly baseDir: string; readonly cwd: string },
  problems: Problem[],
): OnCallConfig {
  const settings = located.value;
  const files = settings.schedule_files.flatMap((pattern, index): TextFile[] => {
    const paths = expandPattern(pattern, folders.baseDir);
    if (paths.length === 0) {
      const at = located.at(['schedule_files', index]);
      problems.push({ severity: 'warning', at, message: `no file matches ${pattern}` });
    }
    return paths.map((path) => readTextFile(path, shownPath(path, folders.cwd)));
  });
  const documents = [
    ...files.map((file) => readOnCallDocument(parseYaml(file.text, file.path))),
    readInline(settings.schedules, settings.escalation_policies, document),
    ...smallTeamOf(located, problems),
  ];
  const read: OnCallDocument = {
    schedules: documents.flatMap((part) => part.schedules),
    policies: documents.flatMap((part) => part.policies),
  };
  const schedules = distinct('schedule', read.schedules, problems);
  problems.push(...includeProblems(schedules));
  const policies = distinct('escalation policy', read.policies, problems);
  const names = policies.map(({ name }) => name);
  const rehearsed = settings.drill?.policy;
  if (rehearsed !== undefined) knownPolicy(rehearsed, ['drill', 'policy'], names, located, problems);
  return {
    schedules,
    policies: new Map(policies.map((policy) => [policy.name, policy])),
    paging: [
      ...settings.paging.map((entry, index) => pagingEntry(entry, index, names, located, problems)),
      ...(settings.small_team ? [SMALL_TEAM_ENTRY] : []),
    ],
    pagingAt: located.at(['paging'], 'key'),
    read,
    unmapped: [
      ...unmappedIn(read, settings.directory, 'warning'),
      ...memberProblems(
        schedules,
        createDirectory(() => settings.directory, NO_ACCOUNTS),
        [],
        'warning',
      ),
    ],
    businessHours: businessHours(located, problems),
  };
}

function distinct<T extends { readonly name: string }>(
  kind: string,
  placed: readonly Placed<T>[],
  problems: Problem[],
): T[] {
  const first = new Map<string, Position>();
  for (const { value, at } of placed) {
    const other = first.get(value.name);
    if (!other) first.set(value.name, at);
    else {
      const where = `${other.file}:${other.line}:${other.col}`;
      problems.push({ severity: 'error', at, message: `the ${kind} ${value.name} is at ${where} already` });
    }
  }
  return placed.map(({ value }) => value);
}

/** P1 alone: of everything else the channel's card is enough. */
const SMALL_TEAM_ENTRY: PagingEntry = {
  matchers: parseMatchers('priority="P1"'),
  escalationPolicy: SMALL_TEAM,
  businessHours: true,
};

/** `small_team:` as the policy that it stands for. */
function smallTeamOf({ value, at }: Located<WatchroomFile>, problems: Problem[]): OnCallDocument[] {
  const { small_team: people, paging } = value;
  if (!people) return [];
  if (paging.length > 0) {
    const message = '`small_team:` means that nobody is paged: take it out, or `paging:`';
    problems.push({ severity: 'error', at: at(['small_team'], 'key'), message });
  }
  const targets = people.map((id, index) => ({ kind: 'user' as const, id, at: at(['small_team', index]) }));
  return [{ schedules: [], policies: [{ value: smallTeamPolicy(targets), at: at(['small_team'], 'key') }] }];
}

function pagingEntry(
  entry: WatchroomFile['paging'][number],
  index: number,
  policies: readonly string[],
  located: Located<WatchroomFile>,
  problems: Problem[],
): PagingEntry {
  const matchers = entry.matchers.flatMap((text, position) => {
    try {
      return parseMatchers(text);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const at = located.at(['paging', index, 'matchers', position]);
      problems.push({ severity: 'error', at, message: error.message });
      return [];
    }
  });
  const { escalation_policy: escalationPolicy, channel, business_hours: inHours } = entry;
  knownPolicy(escalationPolicy, ['paging', index, 'escalation_policy'], policies, located, problems);
  return { matchers, escalationPolicy, businessHours: inHours, ...(channel !== undefined && { channel }) };
}

function knownPolicy(
  name: string,
  path: readonly (string | number)[],
  policies: readonly string[],
  located: Located<WatchroomFile>,
  problems: Problem[],
): void {
  if (policies.includes(name)) return;
  const near = nearest(name, policies);
  const known = policies.length > 0 ? `there are ${policies.join(', ')}` : 'none is loaded: see schedule_files';
  const hint = near ? `did you mean ${near}?` : known;
  problems.push({
    severity: 'error',
    at: located.at(path),
    message: `no escalation policy is called ${name}; ${hint}`,
  });
}

function businessHours(located: Located<WatchroomFile>, problems: Problem[]): BusinessHours {
  const { weekdays, from, to } = located.value.business_hours;
  const days = weekdays.flatMap((text, index) => {
    const range = parseWeekdays(text);
    if (range) return range;
    const at = located.at(['business_hours', 'weekdays', index]);
    const message = `expected a weekday or a range such as monday:friday; got ${JSON.stringify(text)}`;
    problems.push({ severity: 'error', at, message });
    return [];
  });
  const hours = { from: parseTimeOfDay(from) ?? 0, to: parseTimeOfDay(to) ?? 0 };
  if (hours.from >= hours.to) {
    const at = located.at(['business_hours', 'to']);
    problems.push({ severity: 'error', at, message: 'business hours end after they begin, on the same day' });
  }
  return { weekdays: [...new Set(days)], ...hours };
}
