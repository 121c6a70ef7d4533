import { dirname } from 'node:path';
import { DEFAULT_SEVERITIES, type Priority } from '../alert/priority.ts';
import { DocumentError, type Problem } from '../document/position.ts';
import { type Located, readDocument } from '../document/schema.ts';
import { type Path, parseYaml, type YamlDocument } from '../document/yaml.ts';
import { readScrapeSection, type ScrapeSection } from '../ingest/schema.ts';
import type { ReceiverTemplates } from '../notifiers/receiver-templates.ts';
import { buildDependencies } from '../routing/dependency-schema.ts';
import { type LoadedRouting, loadRouting } from '../routing/schema.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleGroup } from '../rules/rule.ts';
import { expandEnvironment } from './environment.ts';
import { expandPattern, readTextFile, shownPath, type TextFile } from './files.ts';
import { type NotifierSettings, readNotifiers } from './notifiers.ts';
import { type OnCallConfig, readOnCall } from './on-call.ts';
import { receiverTemplates } from './receiver-templates.ts';
import { WatchroomFile } from './schema.ts';
import { createSecretReader } from './secrets.ts';
import { mutedSlack, unusedKeys } from './unused.ts';

export interface SlackSettings {
  readonly mode: 'socket' | 'http';
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly apiUrl: string;
  readonly commands: { readonly alert: string; readonly oncall: string };
  readonly fallbackChannel: string;
  readonly operationsChannel: string;
  readonly profile: 'classic' | 'modern';
  /** `png`: a picture of the trend in the thread of each new card. */
  readonly charts: 'none' | 'png';
}

/** Everything the program needs to know, checked. Immutable: a reload makes a new one. */
export interface Config {
  /** As people know it. */
  readonly file: string;
  readonly baseDir: string;
  /** Keys that belong to no other part of this interface, as the schema read them. */
  readonly settings: WatchroomFile;
  readonly slack: SlackSettings | undefined;
  readonly externalUrl: string;
  readonly scrape: ScrapeSection;
  /** What `scrape` was read from, in plain data: the observer thread reads it again. */
  readonly scrapeSource: { readonly file: string; readonly value: unknown };
  readonly ruleFiles: readonly TextFile[];
  readonly ruleGroups: readonly RuleGroup[];
  readonly routing: LoadedRouting;
  /** What relative names of receivers' secret and certificate files are relative to: the folder of the file that names them. */
  readonly receiverFolder: string;
  /** The texts of its receivers. */
  readonly templates: ReceiverTemplates;
  readonly severities: ReadonlyMap<string, Priority>;
  readonly onCall: OnCallConfig;
  readonly notifiers: NotifierSettings;
  readonly warnings: readonly Problem[];
  /** Where a key stands in the file. */
  readonly at: Located<WatchroomFile>['at'];
}

export interface LoadOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What an unset `${NAME}` is: an error where tokens are needed, a warning where they are not. */
  readonly missingEnvironment: Problem['severity'];
}

/**
 * Reads watchroom.yml and every file it names.
 * @throws DocumentError with every error found in the first file that has some; nothing is half loaded.
 */
export function loadConfig(path: string, options: LoadOptions): Config {
  const { text } = readTextFile(path, shownPath(path, options.cwd));
  return parseConfig({ path: shownPath(path, options.cwd), text }, dirname(path), options);
}

/** As `loadConfig`, for a text that need not be a file. Relative names in it are relative to `baseDir`. */
export function parseConfig(source: TextFile, baseDir: string, options: LoadOptions): Config {
  const problems: Problem[] = [];
  const raw = parseYaml(source.text, source.path);
  const expanded = expandEnvironment(raw, options.environment, options.missingEnvironment);
  problems.push(...expanded.problems);
  const document = expanded.document;
  const located = readDocument(document, WatchroomFile);
  const settings = located.value;
  const scrape = readScrapeSection(document);
  const slack = settings.slack && slackSettings(settings.slack, located, baseDir, problems);
  const ruleFiles = settings.rule_files.flatMap((pattern, index) => {
    const files = expandPattern(pattern, baseDir);
    if (files.length === 0) {
      problems.push({
        severity: 'warning',
        at: located.at(['rule_files', index]),
        message: `no file matches ${pattern}`,
      });
    }
    return files.map((file) => readTextFile(file, shownPath(file, options.cwd)));
  });
  const rules = loadRules(ruleFiles);
  const dependencies = buildDependencies({ dependencies: settings.dependencies, models: settings.models }, located.at);
  problems.push(...dependencies.warnings);
  const severities = new Map([...DEFAULT_SEVERITIES, ...Object.entries(settings.severities)]);
  const loaded = readRouting(settings, document, baseDir, options.cwd);
  const added = { dependencies: dependencies.graph, severities, flapHoldMs: settings.flapping.hold };
  const routing: LoadedRouting = { ...loaded, config: { ...loaded.config, ...added } };
  const routingFile = routingPath(settings, baseDir);
  const templates = receiverTemplates(routing, { file: routingFile, baseDir, cwd: options.cwd }, problems);
  const onCall = readOnCall(located, document, { baseDir, cwd: options.cwd }, problems);
  const notifiers = readNotifiers(located, { baseDir, receivers: routing.config.receivers }, problems);
  problems.push(...scrape.warnings, ...unusedKeys(settings, located), ...mutedSlack(located, routing, onCall));
  const errors = problems.filter((problem) => problem.severity === 'error');
  if (errors.length > 0) throw new DocumentError(errors);
  return {
    file: source.path,
    baseDir,
    settings,
    slack,
    externalUrl: settings.external_url ?? `http://${settings.http.listen.host}:${settings.http.listen.port}`,
    scrape,
    scrapeSource: { file: source.path, value: sectionsOf(document.value) },
    ruleFiles,
    ruleGroups: rules,
    routing,
    receiverFolder: routingFolder(settings, baseDir),
    templates,
    severities,
    onCall,
    notifiers,
    warnings: problems,
    at: located.at,
  };
}

function sectionsOf(value: unknown): unknown {
  const top = new Map(Object.entries(value ?? {}));
  return { global: top.get('global'), scrape_configs: top.get('scrape_configs') };
}

function slackSettings(
  slack: NonNullable<WatchroomFile['slack']>,
  located: Located<WatchroomFile>,
  baseDir: string,
  problems: Problem[],
): SlackSettings {
  const secrets = createSecretReader(located.at, baseDir, problems);
  const read = (name: 'bot_token' | 'app_token' | 'signing_secret'): string =>
    secrets.read(['slack', name], slack[name], slack[`${name}_file`]);
  return {
    mode: slack.mode,
    botToken: read('bot_token'),
    appToken: read('app_token'),
    signingSecret: read('signing_secret'),
    apiUrl: slack.api_url,
    commands: { alert: slack.commands.alert ?? '/alert', oncall: slack.commands.oncall ?? '/oncall' },
    fallbackChannel: slack.fallback_channel,
    operationsChannel: slack.operations_channel,
    profile: slack.profile,
    charts: slack.charts,
  };
}

const SILENT_ROUTING = 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n';

/** Alertmanager's configuration: a whole file, the mapping inline, or nothing (then nobody is told). */
function readRouting(settings: WatchroomFile, document: YamlDocument, baseDir: string, cwd: string): LoadedRouting {
  const slackToken = settings.slack !== undefined;
  const given = settings.alertmanager_config;
  if (given === undefined) return loadRouting(parseYaml(SILENT_ROUTING, 'built-in'));
  if (typeof given === 'object') return loadRouting(below(document, ['alertmanager_config'], given), { slackToken });
  const path = routingPath(settings, baseDir) ?? given;
  const file = readTextFile(path, shownPath(path, cwd));
  return loadRouting(parseYaml(file.text, file.path), { slackToken });
}

function routingPath({ alertmanager_config: given }: WatchroomFile, baseDir: string): string | undefined {
  return typeof given === 'string' ? expandPattern(given, baseDir)[0] : undefined;
}

function routingFolder(settings: WatchroomFile, baseDir: string): string {
  const path = routingPath(settings, baseDir);
  return path === undefined ? baseDir : dirname(path);
}

/** A part of a document as a document of its own. */
export function below(document: YamlDocument, path: Path, value: unknown): YamlDocument {
  return {
    file: document.file,
    value,
    at: (rest, part) => document.at([...path, ...rest], part),
    ...(document.source && { source: (rest: Path) => document.source?.([...path, ...rest]) }),
  };
}
