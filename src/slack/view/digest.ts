import { sparkline } from '../../chart/sparkline.ts';
import { context, header, present, type SlackMessage, section } from './block.ts';
import { fit } from './limits.ts';
import { code, esc, join, type Mrkdwn, mrkdwn, sparkCode } from './mrkdwn.ts';
import { count } from './words.ts';

/** A week of alerting, as figures; ratios are 0–1, absent where nothing was there to count. */
export interface DigestReport {
  /** "week 47". */
  readonly period: string;
  readonly notifications: number;
  readonly tagged: number;
  readonly precision?: number;
  readonly incidents: number;
  readonly missed: number;
  readonly alertsPerIncident?: number;
  readonly acknowledgeMedianMs?: number;
  readonly nightPages: number;
  /** Rules that cost most attention for least use, worst first. */
  readonly costly: readonly {
    readonly alertName: string;
    readonly truePositives: number;
    readonly falsePositives: number;
    readonly note: string;
  }[];
  readonly models: readonly {
    readonly model: string;
    readonly measure: string;
    readonly trend: readonly (number | null)[];
  }[];
  /** Last quiet line: coverage, drills. */
  readonly notes: readonly string[];
}

/** `/alert digest`: whether the alerts of the week were worth it. */
export function renderDigest(report: DigestReport): SlackMessage {
  const precision = report.precision === undefined ? undefined : `${Math.round(report.precision * 100)} %`;
  const summary = join(
    [
      mrkdwn`*${esc(count(report.notifications, 'notification'))}, ${report.tagged} tagged*`,
      precision === undefined ? undefined : mrkdwn`*precision ${esc(precision)}* against 80 %`,
      report.alertsPerIncident === undefined
        ? undefined
        : mrkdwn`*${esc(report.alertsPerIncident.toFixed(1))} alerts per incident* against 3`,
      esc(`${count(report.incidents, 'incident')}, ${report.missed} missed`),
    ],
    ' · ',
  );
  const load = join(
    [
      report.acknowledgeMedianMs === undefined
        ? undefined
        : esc(`acknowledged in ${Math.round(report.acknowledgeMedianMs / 60_000)} min (median)`),
      esc(count(report.nightPages, 'night page')),
    ],
    ' · ',
  );
  const text = join(
    [
      esc(`Alert hygiene, ${report.period}`),
      precision === undefined ? undefined : esc(`precision ${precision}`),
      esc(count(report.nightPages, 'night page')),
    ],
    ', ',
  );
  return fit({
    text,
    blocks: present([
      header(`Alert hygiene · ${report.period}`),
      section(join([summary, load], '\n')),
      report.costly.length === 0
        ? undefined
        : section(join([mrkdwn`*Cost most*`, ...report.costly.slice(0, 5).map(costlyLine)], '\n')),
      report.models.length === 0
        ? undefined
        : section(join([mrkdwn`*Models, even the quiet ones*`, ...report.models.slice(0, 12).map(modelLine)], '\n')),
      report.notes.length === 0
        ? undefined
        : context(
            join(
              report.notes.slice(0, 5).map((note) => esc(note)),
              ' · ',
            ),
          ),
    ]),
  });
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

function modelLine(row: DigestReport['models'][number]): Mrkdwn {
  return join([code(row.model, 60), sparkCode(sparkline(row.trend, { width: 12 })), esc(row.measure, 80)], ' ');
}
