import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { DocumentError, type Problem } from '../document/position.ts';
import { isRunbookName, LARGEST_RUNBOOK_BYTES, lintRunbook, parseRunbook, type Runbook } from './runbook.ts';

export interface RunbookOptions {
  /** The folder of the files. */
  readonly dir: string;
  /** What a rule's `runbook_url` begins with when it means one of these files. Any URL's last segment is tried too. */
  readonly baseUrl?: string;
}

/** The runbooks of one folder, read once. */
export interface RunbookRegistry {
  readonly runbooks: readonly Runbook[];
  /** Files that could not be read or that lack something. */
  readonly problems: readonly Problem[];
  byName(name: string): Runbook | undefined;
  byAlert(alertname: string): Runbook | undefined;
  /** By a `runbook_url`; undefined where it means none of these files. Never fetches. */
  byUrl(url: string): Runbook | undefined;
  /** For an alert: its URL decides, else its name. */
  find(alertname: string, runbookUrl: string): Runbook | undefined;
}

/**
 * Reads every `*.md` of the folder (not below it). A file that is a link out of the folder, too large or malformed is left out and
 * named in `problems`; two runbooks for one alert are a problem too, and the first by name serves.
 */
export function loadRunbooks(options: RunbookOptions): RunbookRegistry {
  const problems: Problem[] = [];
  const runbooks: Runbook[] = [];
  for (const file of markdownFiles(options.dir, problems)) {
    try {
      const { name, path } = readable(options.dir, file);
      const runbook = parseRunbook(name, readFileSync(path, 'utf8'), join(options.dir, file));
      runbooks.push(runbook);
      problems.push(...lintRunbook(runbook, join(options.dir, file)));
    } catch (error) {
      if (error instanceof DocumentError) problems.push(...error.problems);
      else problems.push(problem(join(options.dir, file), error instanceof Error ? error.message : String(error)));
    }
  }
  return registryOf(runbooks, problems, options);
}

function markdownFiles(dir: string, problems: Problem[]): string[] {
  if (!existsSync(dir)) {
    problems.push(problem(dir, 'no such folder'));
    return [];
  }
  return readdirSync(dir)
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .sort();
}

/** @throws where the name is not a runbook's, or the file is outside the folder, not a plain file, or too large. */
function readable(dir: string, file: string): { name: string; path: string } {
  const name = file.slice(0, -'.md'.length);
  if (!isRunbookName(name)) {
    throw new Error(
      'a runbook is named in lower-case letters, digits, dots, dashes and underscores, at most 64 of them',
    );
  }
  const root = realpathSync(dir);
  const path = realpathSync(join(root, file));
  if (!path.startsWith(root + sep)) throw new Error('leads out of the runbook folder');
  const stat = statSync(path);
  if (!stat.isFile()) throw new Error('is not a plain file');
  if (stat.size > LARGEST_RUNBOOK_BYTES) throw new Error(`larger than ${LARGEST_RUNBOOK_BYTES} bytes`);
  return { name, path };
}

function problem(file: string, message: string): Problem {
  return { severity: 'error', at: { file, line: 1, col: 1 }, message };
}

function registryOf(runbooks: readonly Runbook[], problems: Problem[], options: RunbookOptions): RunbookRegistry {
  const names = new Map(runbooks.map((runbook) => [runbook.name, runbook]));
  const alerts = new Map<string, Runbook>();
  for (const runbook of runbooks) {
    for (const alert of runbook.alerts) {
      const first = alerts.get(alert);
      if (!first) alerts.set(alert, runbook);
      else {
        const file = join(options.dir, `${runbook.name}.md`);
        problems.push({ ...problem(file, `${alert} already has the runbook ${first.name}`), severity: 'warning' });
      }
    }
  }
  const byUrl = (url: string): Runbook | undefined => {
    const name = nameInUrl(url, options.baseUrl);
    return name === undefined ? undefined : names.get(name);
  };
  return {
    runbooks,
    problems,
    byName: (name) => names.get(name),
    byAlert: (alertname) => alerts.get(alertname),
    byUrl,
    find: (alertname, runbookUrl) => byUrl(runbookUrl) ?? alerts.get(alertname),
  };
}

/** The name a URL (or a plain file name) ends in; undefined where that cannot be a runbook's name. */
function nameInUrl(url: string, baseUrl: string | undefined): string | undefined {
  if (url.length > 2048) return undefined;
  const path = url.replace(/[?#].*$/s, '').replace(/\/+$/, '');
  const last =
    baseUrl !== undefined && baseUrl !== '' && path.startsWith(baseUrl)
      ? path.slice(baseUrl.length).replace(/^\/+/, '')
      : (path.split('/').at(-1) ?? '');
  let name: string;
  try {
    name = decodeURIComponent(last);
  } catch {
    return undefined;
  }
  name = name.replace(/\.(?:md|html?)$/i, '').toLowerCase();
  return isRunbookName(name) ? name : undefined;
}
