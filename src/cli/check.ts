import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { authOf } from '../app/doors.ts';
import { readRunbooks } from '../app/facts.ts';
import { readTextFile, shownPath, type TextFile } from '../config/files.ts';
import { type Config, parseConfig } from '../config/load.ts';
import { isOnCallDocument, type OnCallDocument, readOnCallDocument, unmappedIn } from '../config/on-call.ts';
import { DocumentError, type Problem, printProblem } from '../document/position.ts';
import { parseYaml } from '../document/yaml.ts';
import { UserError } from '../errors.ts';
import { includeProblems } from '../oncall/includes.ts';
import type { DirectoryConfig } from '../people/directory.ts';
import { lintRouting } from '../routing/lint.ts';
import { loadRouting } from '../routing/schema.ts';
import { lintRules } from '../rules/lint.ts';
import { loadRules } from '../rules/load.ts';
import { count } from '../slack/view/words.ts';
import { systemClock } from '../time/clock.ts';
import { DEFAULT_RETENTION_MS } from '../tsdb/retention.ts';
import { onCallNotes, unknownMembers, unpagedProblems } from './on-call-findings.ts';
import type { DefineCommand } from './run.ts';
import type { Terminal } from './terminal.ts';

interface Findings {
  readonly problems: readonly Problem[];
  /** The whole configuration, where the file was one. */
  readonly config?: Config;
  /** Schedules and policies, wherever they were read. */
  readonly onCall?: OnCallDocument;
  /** What was read, in a few words. */
  readonly summary: string;
}

/** `watchroom check`: everything that can be said about configuration files before they are used. */
export const check: DefineCommand = (program, terminal, finish) => {
  program
    .command('check')
    .description('check configuration, rules, routing, schedules and runbooks: errors and lint; exit 1 on error')
    .argument(
      '[file...]',
      'watchroom.yml, Alertmanager, rule, schedule or escalation files, told apart by content (default: watchroom.yml)',
    )
    .option('--json', 'print findings as JSON')
    .action((files: readonly string[], options: { json?: boolean }) => {
      const given = files.length > 0 ? files : ['watchroom.yml'];
      const problems: Problem[] = [];
      const summaries: string[] = [];
      const read: Findings[] = [];
      for (const file of given) {
        const path = resolve(terminal.cwd, file);
        try {
          const findings = checkFile(readTextFile(path, shownPath(path, terminal.cwd)), dirname(path), terminal);
          read.push(findings);
          problems.push(...findings.problems);
          summaries.push(`${shownPath(path, terminal.cwd)}: ${findings.summary}`);
        } catch (error) {
          if (!(error instanceof DocumentError)) throw error;
          problems.push(...error.problems);
        }
      }
      problems.push(...unmapped(read));
      const notes = read.flatMap(({ onCall }) => (onCall ? onCallNotes(onCall, systemClock.now()) : []));
      const errors = problems.filter(({ severity }) => severity === 'error').length;
      if (options.json) {
        terminal.out(
          `${JSON.stringify({ errors, warnings: problems.length - errors, problems: problems.map(asJson), notes }, null, 2)}\n`,
        );
      } else {
        for (const problem of problems) terminal.out(`${printProblem(problem)}\n`);
        for (const note of new Set(notes)) terminal.out(`${note}\n`);
        for (const summary of summaries) terminal.out(`${summary}\n`);
        terminal.out(`${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}\n`);
      }
      finish(errors > 0 ? 1 : 0);
    });
};

function asJson({ severity, at, message }: Problem): object {
  return { severity, file: at.file, line: at.line, col: at.col, message };
}

function checkFile(file: TextFile, baseDir: string, terminal: Terminal): Findings {
  const top = parseYaml(file.text, file.path).value;
  const keys = new Set(typeof top === 'object' && top !== null ? Object.keys(top) : []);
  if (keys.has('groups')) {
    const groups = loadRules([file]);
    return { problems: lintRules(groups), summary: count(groups.flatMap((group) => group.rules).length, 'rule') };
  }
  if (keys.has('receivers') || keys.has('route') || keys.has('inhibit_rules')) {
    const { config, located } = loadRouting(parseYaml(file.text, file.path));
    return { problems: lintRouting(config, located), summary: count(config.receivers.size, 'receiver') };
  }
  const document = parseYaml(file.text, file.path);
  if (isOnCallDocument(document)) {
    const onCall = readOnCallDocument(document);
    const { schedules, policies } = onCall;
    return { problems: [], onCall, summary: onCallSummary(schedules.length, policies.length) };
  }
  const config = parseConfig(file, baseDir, {
    cwd: terminal.cwd,
    environment: terminal.environment,
    missingEnvironment: 'warning',
  });
  return {
    problems: checkConfig(config, baseDir),
    config,
    onCall: config.onCall.read,
    summary: summaryOf(config),
  };
}

/**
 * Policies are checked against all that was given: a file alone knows no directory, but beside a watchroom.yml it is looked at as
 * that one would. A file given twice is told once.
 */
function unmapped(read: readonly Findings[]): Problem[] {
  const documents = read.flatMap(({ onCall }) => onCall ?? []);
  const directories = read.flatMap(({ config }) => config?.settings.directory ?? []);
  const directory: DirectoryConfig = {
    schedules: Object.fromEntries(directories.flatMap(({ schedules }) => Object.entries(schedules))),
    users: Object.fromEntries(directories.flatMap(({ users }) => Object.entries(users))),
  };
  const problems = unmappedIn(
    {
      schedules: documents.flatMap(({ schedules }) => schedules),
      policies: documents.flatMap(({ policies }) => policies),
    },
    directory,
    'error',
  );
  const schedules = documents.flatMap((document) => document.schedules.map(({ value }) => value));
  const [config] = read.flatMap((findings) => findings.config ?? []);
  problems.push(...includeProblems(schedules), ...unknownMembers(schedules, directory, config));
  return [...new Map(problems.map((problem) => [printProblem(problem), problem])).values()];
}

function checkConfig(config: Config, baseDir: string): Problem[] {
  const definedAlertNames = new Set(
    config.ruleGroups.flatMap((group) => group.rules.flatMap((rule) => (rule.kind === 'alerting' ? [rule.name] : []))),
  );
  const { config: routing, located } = config.routing;
  const runbooksExist = existsSync(resolve(baseDir, config.settings.runbooks.dir));
  return [
    ...config.warnings,
    ...doorProblems(config),
    ...unpagedProblems(config),
    ...lintRules(config.ruleGroups, { retentionMs: config.settings.retention.raw ?? DEFAULT_RETENTION_MS }),
    // Nothing is to be said about the routing of a configuration that has none.
    ...(config.settings.alertmanager_config === undefined ? [] : lintRouting(routing, located, { definedAlertNames })),
    ...(runbooksExist ? readRunbooks(config).problems : []),
  ];
}

/** Who may come in by HTTP, as `serve` would decide. A token of an unset variable is only warned of: here nobody needs it. */
function doorProblems(config: Config): Problem[] {
  const { auth, http } = config.settings;
  try {
    authOf(config, http.listen.host);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const unset = auth.tokens.some(({ token }) => token === '');
    const at = config.at(auth.tokens.length > 0 ? ['auth', 'tokens'] : ['http', 'listen']);
    return [{ severity: unset ? 'warning' : 'error', at, message: error.message }];
  }
}

function summaryOf(config: Config): string {
  const { scrape, ruleGroups, routing, onCall } = config;
  return [
    count(scrape.configs.length, 'scrape job'),
    count(ruleGroups.flatMap((group) => group.rules).length, 'rule'),
    count(routing.config.receivers.size, 'receiver'),
    onCallSummary(onCall.schedules.length, onCall.policies.size),
  ].join(', ');
}

function onCallSummary(schedules: number, policies: number): string {
  return `${count(schedules, 'schedule')}, ${count(policies, 'escalation policy', 'escalation policies')}`;
}
