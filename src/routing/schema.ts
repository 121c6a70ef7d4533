import { z } from 'zod';
import { asWritten, Flag, ModelDuration, Text } from '../delivery/go-scalars.ts';
import type { Receiver } from '../delivery/receiver.ts';
import { buildReceiver, checkGlobal } from '../delivery/receiver-build.ts';
import { GlobalSchema, type RawGlobal, type RawReceiver, ReceiverSchema } from '../delivery/receiver-schema.ts';
import { DocumentError, type Problem } from '../document/position.ts';
import { type Located, readDocument } from '../document/schema.ts';
import type { Path, YamlDocument } from '../document/yaml.ts';
import { UserError } from '../errors.ts';
import { type Matcher, type MatchOperator, matcher } from '../labels/matcher.ts';
import type { InhibitRule } from './inhibit.ts';
import type { InhibitionConfig } from './inhibitors.ts';
import { parseMatchers } from './matcher-text.ts';
import type { Route } from './route.ts';
import { buildRoutes } from './route-tree.ts';
import type { TimeInterval, TimeIntervals } from './time-interval.ts';
import { NamedIntervals } from './time-interval-schema.ts';

/** What an Alertmanager file says, ready to decide with, and what Watchroom adds to it. */
export interface RoutingConfig extends InhibitionConfig {
  /** How long an API alert without an end of its own stays firing after its last word. */
  readonly resolveTimeoutMs: number;
  readonly templates: readonly string[];
  readonly root: Route;
  readonly receivers: ReadonlyMap<string, Receiver>;
  readonly timeIntervals: TimeIntervals;
  /** An alert that keeps coming back within this time is held open until it has been quiet for as long. Absent or 0: never. */
  readonly flapHoldMs?: number;
}

export interface RoutingOptions {
  /** The bot has a Slack token of its own, so `slack_configs` need no URL. Default false: as Alertmanager checks. */
  readonly slackToken?: boolean;
}

export interface LoadedRouting {
  readonly config: RoutingConfig;
  /** The file as it was read, for lint and for error places. */
  readonly located: Located<RoutingFile>;
  /** What the file says in plain data, every scalar as the text that stands there. Holds secrets. */
  readonly written: unknown;
}

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Runs a parser that throws UserError inside a zod transform, and puts its complaint at `path`. */
function attempt<T>(issues: z.core.$ZodRawIssue[], path: Path, input: unknown, parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    issues.push({ code: 'custom', input, message: error.message, path: [...path] });
    return undefined;
  }
}

const Matchers = z
  .array(Text)
  .transform((lines, context): Matcher[] =>
    lines.flatMap((line, index) => attempt(context.issues, [index], line, () => parseMatchers(line)) ?? []),
  );

/** The old mappings from label to value (`match`) or pattern (`match_re`). */
function matchMap(operator: MatchOperator): z.ZodType<Matcher[], Record<string, string | null>> {
  return z.record(z.string(), z.nullable(Text)).transform((map, context) =>
    Object.entries(map).flatMap(([name, value]) => {
      const refuse = (message: string): Matcher[] => {
        context.issues.push({ code: 'custom', input: map, message, path: [name] });
        return [];
      };
      if (!LABEL_NAME.test(name)) return refuse(`invalid label name ${JSON.stringify(name)}`);
      if (value === null && operator === '=~') return refuse(`invalid regexp value for ${JSON.stringify(name)}`);
      const made = attempt(context.issues, [name], value, () => matcher(name, operator, value ?? '', 'alertmanager'));
      return made ? [made] : [];
    }),
  );
}

const LabelName = Text.min(1, 'invalid label name ""');

const GroupByNames = z.array(LabelName).superRefine((names, context) => {
  if (names.includes('...') && names.some((name) => name !== '...')) {
    context.addIssue('cannot have wildcard group_by (`...`) and other labels at the same time');
  }
  const twice = names.find((name, index) => name !== '...' && names.indexOf(name) !== index);
  if (twice !== undefined) context.addIssue(`duplicated label ${JSON.stringify(twice)} in group_by`);
});

const nonZero = (name: string): z.ZodType<number, string> =>
  ModelDuration.refine((ms) => ms > 0, { error: `${name} cannot be zero` });

const RouteSchema = z.strictObject({
  receiver: Text.optional(),
  group_by: GroupByNames.optional(),
  match: matchMap('=').optional(),
  match_re: matchMap('=~').optional(),
  matchers: Matchers.optional(),
  mute_time_intervals: z.array(Text).default([]),
  active_time_intervals: z.array(Text).default([]),
  continue: Flag.prefault('false'),
  group_wait: ModelDuration.optional(),
  group_interval: nonZero('group_interval').optional(),
  repeat_interval: nonZero('repeat_interval').optional(),
  get routes() {
    return z.array(RouteSchema).default([]);
  },
});
/** A route as the file writes it: nothing inherited yet. */
export type RawRoute = z.output<typeof RouteSchema>;

const InhibitSchema = z.strictObject({
  name: Text.optional(),
  source_match: matchMap('=').optional(),
  source_match_re: matchMap('=~').optional(),
  source_matchers: Matchers.optional(),
  target_match: matchMap('=').optional(),
  target_match_re: matchMap('=~').optional(),
  target_matchers: Matchers.optional(),
  equal: z.array(LabelName).default([]),
});
type RawInhibitRule = z.output<typeof InhibitSchema>;

const RoutingFile = z.strictObject({
  global: GlobalSchema.prefault({}),
  templates: z.array(Text).default([]),
  route: RouteSchema.optional(),
  inhibit_rules: z.array(InhibitSchema).default([]),
  receivers: z.array(ReceiverSchema).default([]),
  mute_time_intervals: z.array(NamedIntervals).default([]),
  time_intervals: z.array(NamedIntervals).default([]),
  tracing: z.unknown().optional(),
});
export type RoutingFile = z.output<typeof RoutingFile>;

/**
 * Reads an Alertmanager configuration and checks it as `amtool check-config` does. Configurations of every release are read: old
 * `match` and new `matchers`, `mute_time_intervals` and `time_intervals`.
 * @throws DocumentError with every fault found, each at its place.
 */
export function loadRouting(document: YamlDocument, options: RoutingOptions = {}): LoadedRouting {
  const written = asWritten(document);
  const located = readDocument(written, RoutingFile);
  const file = located.value;
  const problems: Problem[] = [];
  const fail = (path: Path, message: string): void => {
    problems.push({ severity: 'error', at: located.at(path), message });
  };
  checkGlobal(file.global, fail);
  const receivers = receiversOf(file.receivers, file.global, options.slackToken ?? false, fail);
  const timeIntervals = intervalsOf(file, fail);
  if (!file.route) fail([], 'no route provided in config');
  else {
    checkRoot(file.route, fail);
    checkReferences(file.route, ['route'], { receivers, timeIntervals }, fail);
  }
  const { route } = file;
  if (!route || problems.length > 0) throw new DocumentError(problems);
  const config: RoutingConfig = {
    resolveTimeoutMs: file.global.resolve_timeout,
    templates: file.templates,
    root: buildRoutes(route),
    inhibitRules: file.inhibit_rules.map(inhibitRuleOf),
    receivers,
    timeIntervals,
  };
  return { config, located, written: written.value };
}

type Fail = (path: Path, message: string) => void;

function receiversOf(
  raw: readonly RawReceiver[],
  global: RawGlobal,
  slackToken: boolean,
  fail: Fail,
): Map<string, Receiver> {
  const receivers = new Map<string, Receiver>();
  for (const [index, receiver] of raw.entries()) {
    const path = ['receivers', index];
    if (receivers.has(receiver.name)) {
      fail([...path, 'name'], `notification config name ${JSON.stringify(receiver.name)} is not unique`);
    }
    receivers.set(receiver.name, buildReceiver(receiver, path, { global, slackToken, fail }));
  }
  return receivers;
}

function intervalsOf(file: RoutingFile, fail: Fail): Map<string, readonly TimeInterval[]> {
  const intervals = new Map<string, readonly TimeInterval[]>();
  for (const key of ['mute_time_intervals', 'time_intervals'] as const) {
    for (const [index, entry] of file[key].entries()) {
      if (intervals.has(entry.name)) {
        fail([key, index, 'name'], `time interval ${JSON.stringify(entry.name)} is not unique`);
      }
      intervals.set(entry.name, entry.time_intervals);
    }
  }
  return intervals;
}

function checkRoot(root: RawRoute, fail: Fail): void {
  if (!root.receiver) fail(['route'], 'root route must specify a default receiver');
  for (const key of ['match', 'match_re', 'matchers'] as const) {
    if ((root[key] ?? []).length > 0) fail(['route', key], 'root route must not have any matchers');
  }
  for (const key of ['mute_time_intervals', 'active_time_intervals'] as const) {
    if (root[key].length > 0) fail(['route', key], `root route must not have any ${key.replaceAll('_', ' ')}`);
  }
  if (root.continue) fail(['route', 'continue'], 'cannot have continue in root route');
}

interface Known {
  readonly receivers: ReadonlyMap<string, unknown>;
  readonly timeIntervals: ReadonlyMap<string, unknown>;
}

function checkReferences(route: RawRoute, path: Path, known: Known, fail: Fail): void {
  if (route.receiver && !known.receivers.has(route.receiver)) {
    fail([...path, 'receiver'], `undefined receiver ${JSON.stringify(route.receiver)} used in route`);
  }
  for (const key of ['active_time_intervals', 'mute_time_intervals'] as const) {
    for (const [index, name] of route[key].entries()) {
      if (known.timeIntervals.has(name)) continue;
      fail([...path, key, index], `undefined time interval ${JSON.stringify(name)} used in route`);
    }
  }
  for (const [index, child] of route.routes.entries()) {
    checkReferences(child, [...path, 'routes', index], known, fail);
  }
}

function inhibitRuleOf(raw: RawInhibitRule, index: number): InhibitRule {
  return {
    name: raw.name ?? `inhibit_rules[${index}]`,
    sourceMatchers: [...(raw.source_match ?? []), ...(raw.source_match_re ?? []), ...(raw.source_matchers ?? [])],
    targetMatchers: [...(raw.target_match ?? []), ...(raw.target_match_re ?? []), ...(raw.target_matchers ?? [])],
    equal: raw.equal,
  };
}
