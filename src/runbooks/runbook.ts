import { z } from 'zod';
import { DocumentError, type Problem } from '../document/position.ts';
import { readDocument } from '../document/schema.ts';
import { parseYaml } from '../document/yaml.ts';

/** What to do about an alert, as written for whoever is awake. */
export interface Runbook {
  /** The file's name without `.md`; what links and buttons call it. */
  readonly name: string;
  readonly title: string;
  /** Names of the alerts it is for. */
  readonly alerts: readonly string[];
  readonly owner: string;
  readonly severity: string;
  /** `YYYY-MM-DD`, '' where never. */
  readonly lastReviewed: string;
  readonly sections: readonly RunbookSection[];
}

/** A `##` heading and the markdown below it, without the heading. */
export interface RunbookSection {
  readonly heading: string;
  readonly body: string;
}

export const LARGEST_RUNBOOK_BYTES = 256 * 1024;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** The parts a runbook is expected to have, in the order one needs them. */
export const EXPECTED_SECTIONS = ['Description', 'Diagnosis', 'Decision tree', 'Remediation', 'Rollback'] as const;

/** Whether a name can be a runbook's: no path, no dot in front, short. */
export function isRunbookName(name: string): boolean {
  return NAME.test(name) && !name.includes('..');
}

const FrontMatter = z.strictObject({
  title: z.string().optional(),
  alerts: z.array(z.string()).default([]),
  owner: z.string().default(''),
  severity: z.string().default(''),
  last_reviewed: z
    .string({ error: 'expected a date such as 2026-11-20' })
    .regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'expected a date such as 2026-11-20' })
    .default(''),
});

/**
 * Reads a markdown file with YAML front matter.
 * @throws DocumentError for a malformed front matter, no front matter, no title, or more than 256 KiB.
 */
export function parseRunbook(name: string, text: string, file: string): Runbook {
  const fail = (line: number, message: string): never => {
    throw new DocumentError([{ severity: 'error', at: { file, line, col: 1 }, message }]);
  };
  if (Buffer.byteLength(text) > LARGEST_RUNBOOK_BYTES) fail(1, `larger than ${LARGEST_RUNBOOK_BYTES} bytes`);
  const lines = (text.startsWith('\u{feff}') ? text.slice(1) : text).toWellFormed().split(/\r?\n/);
  if (lines[0]?.trimEnd() !== '---') fail(1, 'expected front matter: a first line `---`, then keys, then `---`');
  const close = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---');
  if (close < 0) fail(1, 'the front matter has no closing `---`');
  // The empty first line stands for the `---`, so that positions are those of the file.
  const front = readDocument(parseYaml(`\n${lines.slice(1, close).join('\n')}\n`, file), FrontMatter).value;
  const body = splitBody(lines.slice(close + 1));
  const title = front.title ?? body.title;
  if (title === '') fail(close + 2, 'expected a title: `# …` as the first heading');
  return {
    name,
    title,
    alerts: front.alerts,
    owner: front.owner,
    severity: front.severity,
    lastReviewed: front.last_reviewed,
    sections: body.sections,
  };
}

function splitBody(lines: readonly string[]): { title: string; sections: RunbookSection[] } {
  let title = '';
  let fenced = false;
  const sections: { heading: string; lines: string[] }[] = [];
  for (const line of lines) {
    // A `#` inside a code block is a comment of the shell, not a heading.
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : /^(#{1,2})\s+(.+?)\s*#*$/.exec(line);
    if (heading?.[1] === '##') sections.push({ heading: heading[2] ?? '', lines: [] });
    else if (heading && title === '') title = heading[2] ?? '';
    else sections.at(-1)?.lines.push(line);
  }
  return {
    title,
    sections: sections.map(({ heading, lines: content }) => ({ heading, body: content.join('\n').trim() })),
  };
}

/** The section of that heading, whatever its case; undefined where the runbook has none. */
export function sectionOf(runbook: Runbook, heading: string): RunbookSection | undefined {
  const wanted = heading.toLowerCase();
  return runbook.sections.find((section) => section.heading.toLowerCase() === wanted);
}

/** What `check` says about a runbook that can be read but will not help much. */
export function lintRunbook(runbook: Runbook, file: string): Problem[] {
  const warn = (message: string): Problem => ({ severity: 'warning', at: { file, line: 1, col: 1 }, message });
  const problems: Problem[] = [];
  if (runbook.alerts.length === 0) problems.push(warn('names no alert in `alerts:`'));
  if (runbook.owner === '') problems.push(warn('has no `owner:`'));
  if (runbook.lastReviewed === '') problems.push(warn('has no `last_reviewed:`'));
  for (const heading of EXPECTED_SECTIONS) {
    const section = sectionOf(runbook, heading);
    if (!section || section.body === '') problems.push(warn(`has no section ${JSON.stringify(heading)}`));
  }
  return problems;
}
