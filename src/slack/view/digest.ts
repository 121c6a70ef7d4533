import { sparkline } from '../../chart/sparkline.ts';
import type { DigestReport } from '../../feedback/digest.ts';
import { humanDuration } from '../../time/duration.ts';
import { context, header, present, type SlackMessage, section } from './block.ts';
import { fit } from './limits.ts';
import { bold, clean, codeBlock, esc, join, type Mrkdwn, mrkdwn, truncate } from './mrkdwn.ts';
import { count } from './words.ts';

const MOST_RULES = 8;
const MOST_MODELS = 12;
const LONGEST_MODEL = 20;

/** `/alert digest`: whether the alerts of the week were worth it. */
export function renderDigest(report: DigestReport): SlackMessage {
  const text = join(
    [
      esc(`Alert hygiene, ${report.period}`),
      report.precision === undefined ? undefined : esc(`precision ${percent(report.precision)}`),
      esc(count(report.nightPages, 'night page')),
    ],
    ', ',
  );
  const rules = report.rules.slice(0, MOST_RULES).map(ruleLine);
  if (report.rules.length > MOST_RULES) rules.push(esc(`and ${report.rules.length - MOST_RULES} more`));
  const costly = report.costly.slice(0, 3).map(costlyLine);
  const stale = report.stale.slice(0, 3).map(staleLine);
  const models = modelLines(report.models.slice(0, MOST_MODELS));
  const notes = report.notes.slice(0, 5).map((note) => esc(note));
  return fit({
    text,
    blocks: present([
      header(`Alert hygiene · ${report.period}`),
      section(join([summaryLine(report), loadLine(report)], '\n')),
      costly.length === 0 ? undefined : section(join([mrkdwn`*Cost most*`, ...costly], '\n')),
      rules.length === 0 ? undefined : section(join([mrkdwn`*What fired*`, ...rules], '\n')),
      stale.length === 0 ? undefined : section(join([mrkdwn`*No true positive in 90 days*`, ...stale], '\n')),
      models === undefined ? undefined : section(join([mrkdwn`*Models, even the quiet ones*`, models], '\n')),
      notes.length === 0 ? undefined : context(join(notes, ' · ')),
    ]),
  });
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function summaryLine(report: DigestReport): Mrkdwn {
  const { precision, precisionRange: range, alertsPerIncident } = report;
  const between = range ? ` (${Math.round(range.low * 100)}–${Math.round(range.high * 100)})` : '';
  return join(
    [
      mrkdwn`*${esc(count(report.notifications, 'notification'))}, ${report.tagged} tagged*`,
      precision === undefined ? undefined : mrkdwn`*${esc(`precision ${percent(precision)}${between}`)}* against 80 %`,
      alertsPerIncident === undefined
        ? undefined
        : mrkdwn`*${esc(`${alertsPerIncident.toFixed(1)} alerts per incident`)}* against 3`,
      esc(`${count(report.incidents, 'incident')}, ${report.missed} missed`),
    ],
    ' · ',
  );
}

function loadLine(report: DigestReport): Mrkdwn {
  const { acknowledgeMedianMs: median, before } = report;
  const was = before.acknowledgeMedianMs === undefined ? '' : `, was ${humanDuration(before.acknowledgeMedianMs)}`;
  const { acknowledged, incidents } = report;
  const speed = median === undefined ? '' : `, in ${humanDuration(median)} (median${was})`;
  return join(
    [
      incidents === 0 ? undefined : esc(`${acknowledged} of ${incidents} acknowledged${speed}`),
      esc(`${count(report.nightPages, 'night page')} (was ${before.nightPages})`),
    ],
    ' · ',
  );
}

function costlyLine(rule: DigestReport['costly'][number]): Mrkdwn {
  return join(
    [
      mrkdwn`*${esc(rule.alertName, 100)}*`,
      esc(`${rule.truePositives} true, ${rule.falsePositives} false`),
      esc(rule.note, 120),
    ],
    ' · ',
  );
}

/** `fired 4× · right 1 of 3 (6–79 %)` */
function ruleLine(rule: DigestReport['rules'][number]): Mrkdwn {
  const { precisionRange: range, truePositives, tagged } = rule;
  const worth = range
    ? `right ${truePositives} of ${tagged} (${Math.round(range.low * 100)}–${Math.round(range.high * 100)} %)`
    : 'no verdict yet';
  return mrkdwn`${esc(rule.alertName, 100)} · ${esc(`fired ${rule.incidents}× · ${worth}`)}`;
}

/** A table in a code block, so that the lines can be compared. */
function modelLines(rows: DigestReport['models']): Mrkdwn | undefined {
  if (rows.length === 0) return undefined;
  const names = rows.map(({ model }) => truncate(clean(model), LONGEST_MODEL));
  const width = Math.max(...names.map(({ length }) => length));
  const busiest = Math.max(1, ...rows.flatMap(({ trend }) => trend.map((point) => point ?? 0)));
  return codeBlock(
    rows.map(({ trend, measure }, index) => {
      // One scale for all of them, from nothing at all to the busiest day of any model.
      const line = sparkline([...trend, 0, busiest], { width: trend.length + 2 }).slice(0, trend.length);
      return `${(names[index] ?? '').padEnd(width)}  ${line}  ${truncate(clean(measure), 60)}`;
    }),
  );
}

function staleLine(rule: DigestReport['stale'][number]): Mrkdwn {
  const name = bold(esc(rule.rule, 100));
  switch (rule.kind) {
    case 'never_fired':
      return mrkdwn`${name} · never fired: test it or retire it`;
    case 'no_true_positive':
      return mrkdwn`${name} · fired ${rule.incidents}×, never right${rule.confident ? RETIRE : esc('')}`;
  }
}

const RETIRE = mrkdwn` · retire it`;
