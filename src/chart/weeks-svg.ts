import { dateOfDay, localDay, startOfLocalDay } from '../time/wall-clock.ts';
import { cut, FONT, INK, QUIET, round, text } from './svg-text.ts';

/** One person's time, or nobody's, [start, end). */
export interface WeeksPiece {
  /** '' where nobody is on call. */
  readonly who: string;
  readonly start: number;
  readonly end: number;
  /** By an override or a swap. */
  readonly arranged: boolean;
}

/** Weeks of a schedule from a Monday on. Instants in epoch ms, days as in `localDay`. */
export interface WeeksChart {
  readonly title: string;
  readonly zone: string;
  readonly monday: number;
  readonly count: number;
  readonly now: number;
  /** In order, without overlap. */
  readonly pieces: readonly WeeksPiece[];
}

const WIDTH = 640;
const LEFT = 12;
const DAY_WIDTH = (WIDTH - 2 * LEFT) / 7;
const HEAD = 66;
const ROW = 68;
const BAR = 38;
const LEGEND_ROW = 30;
/** A phone shows the picture at about half its width. */
const SMALL = 16;
const NAME = 20;
const LARGE = 20;
const ADVANCE = 0.64;
const GAP = '#c9252d';
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Far apart for eyes that tell red from green badly, too, and dark enough for white letters. */
const COLOURS = [
  '#2563b8',
  '#a8470a',
  '#0f766e',
  '#86348f',
  '#5a5f1c',
  '#9d2e5c',
  '#44546a',
  '#6d4a2f',
  '#4b45b5',
  '#1d6b33',
];

/** Who is on call when: a row for each week, a colour for each person, hours to scale. */
export function weeksSvg(chart: WeeksChart): string {
  const people = [...new Set(chart.pieces.flatMap(({ who }) => (who === '' ? [] : [who])))];
  // By name, so that a colour stays somebody's from one picture to the next while the team does.
  const colours = new Map(people.toSorted().map((who, index) => [who, COLOURS[index % COLOURS.length] ?? INK]));
  const legend = legendParts(chart, people, colours, HEAD + chart.count * ROW + 20);
  const height = HEAD + chart.count * ROW + 8 + legend.height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="${FONT}">`,
    '<defs><pattern id="arranged" width="10" height="10" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">',
    '<rect width="4" height="10" fill="#ffffff" fill-opacity="0.22"/></pattern></defs>',
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" fill="#ffffff" stroke="#d5dbe1"/>`,
    text({ x: LEFT, y: 29, size: LARGE, fill: INK, weight: 'bold' }, cut(chart.title, 34)),
    text({ x: WIDTH - LEFT, y: 29, size: SMALL, fill: QUIET, anchor: 'end' }, cut(chart.zone, 22)),
    ...WEEKDAYS.map((name, day) => text({ x: LEFT + day * DAY_WIDTH + 3, y: 57, size: SMALL, fill: QUIET }, name)),
    ...Array.from({ length: chart.count }, (_, week) => weekParts(chart, week, colours)).flat(),
    ...legend.parts,
    '</svg>',
  ].join('\n');
}

function weekParts(chart: WeeksChart, week: number, colours: ReadonlyMap<string, string>): string[] {
  const { zone, now } = chart;
  const monday = chart.monday + 7 * week;
  const top = HEAD + week * ROW;
  const from = startOfLocalDay(monday, zone);
  const to = startOfLocalDay(monday + 7, zone);
  const today = localDay(now, zone);
  const days = WEEKDAYS.flatMap((_, index) => {
    const day = monday + index;
    const x = LEFT + index * DAY_WIDTH;
    const { month, day: date } = dateOfDay(day);
    const label = index === 0 || date === 1 ? `${date} ${MONTHS[month - 1] ?? ''}` : String(date);
    const weekend =
      index > 4
        ? [`<rect x="${round(x)}" y="${top}" width="${round(DAY_WIDTH)}" height="${ROW - 4}" fill="#f1f3f5"/>`]
        : [];
    const isToday = day === today;
    return [
      ...weekend,
      text(
        { x: x + 3, y: top + 17, size: SMALL, fill: isToday ? INK : QUIET, ...(isToday && { weight: 'bold' }) },
        label,
      ),
    ];
  });
  const bars = chart.pieces
    .filter(({ start, end }) => start < to && end > from)
    .flatMap((piece) =>
      barParts({ ...piece, start: Math.max(piece.start, from), end: Math.min(piece.end, to) }, top + 23, {
        x: (at) => xOf(at, monday, zone),
        colours,
      }),
    );
  return [...days, ...bars, ...(now >= from && now < to ? nowParts(xOf(now, monday, zone), top + 23) : [])];
}

/** A day is as wide as any other, however many hours it has. */
function xOf(at: number, monday: number, zone: string): number {
  const day = Math.min(localDay(at, zone), monday + 7);
  const start = startOfLocalDay(day, zone);
  const part = day === monday + 7 ? 0 : (at - start) / (startOfLocalDay(day + 1, zone) - start);
  return LEFT + (day - monday + part) * DAY_WIDTH;
}

function barParts(
  { who, start, end, arranged }: WeeksPiece,
  y: number,
  { x, colours }: { readonly x: (at: number) => number; readonly colours: ReadonlyMap<string, string> },
): string[] {
  const left = round(x(start) + 1);
  const width = round(Math.max(1.5, x(end) - x(start) - 2));
  const box = `x="${left}" y="${y}" width="${width}" height="${BAR}" rx="4"`;
  const most = Math.floor((width - 10) / (NAME * ADVANCE));
  if (who === '') {
    const word = most >= 6 ? [text({ x: left + 6, y: y + 26, size: NAME, fill: GAP, weight: 'bold' }, 'nobody')] : [];
    return [`<rect ${box} fill="#fdecec" stroke="${GAP}" stroke-width="1.5" stroke-dasharray="5 3"/>`, ...word];
  }
  // Half a name is worse than its first letter; the legend has the whole one.
  const first = width >= NAME + 8 ? (/^./u.exec(who)?.[0] ?? '') : '';
  const name = who.length <= most || most >= 5 ? cut(who, most) : first;
  return [
    `<rect ${box} fill="${colours.get(who) ?? INK}"/>`,
    ...(arranged ? [`<rect ${box} fill="url(#arranged)"/>`] : []),
    ...(name === '' ? [] : [text({ x: left + 6, y: y + 26, size: NAME, fill: '#ffffff', weight: 'bold' }, name)]),
  ];
}

function nowParts(x: number, y: number): string[] {
  const at = round(x);
  return [
    `<line x1="${at}" y1="${y - 4}" x2="${at}" y2="${y + BAR + 4}" stroke="${INK}" stroke-width="2"/>`,
    `<path d="M${at - 5} ${y - 7}h10l-5 7z" fill="${INK}"/>`,
  ];
}

/** Whose colour is whose, for bars too narrow for a name, and what stripes and dashes mean. */
function legendParts(
  { pieces }: WeeksChart,
  people: readonly string[],
  colours: ReadonlyMap<string, string>,
  top: number,
): { readonly parts: readonly string[]; readonly height: number } {
  const entries = [
    ...people.map((who) => ({ label: cut(who, 24), fill: colours.get(who) ?? INK, extra: '' })),
    ...(pieces.some(({ arranged }) => arranged)
      ? [{ label: 'override or swap', fill: QUIET, extra: 'url(#arranged)' }]
      : []),
    ...(pieces.some(({ who }) => who === '') ? [{ label: 'nobody', fill: '#fdecec', extra: '' }] : []),
  ];
  let [x, y] = [LEFT, top];
  const parts = entries.flatMap(({ label, fill, extra }) => {
    const width = 22 + label.length * SMALL * ADVANCE + 16;
    if (x > LEFT && x + width > WIDTH - LEFT) [x, y] = [LEFT, y + LEGEND_ROW];
    const edge = fill === '#fdecec' ? ` stroke="${GAP}" stroke-dasharray="3 2"` : '';
    const box = `x="${round(x)}" y="${y - 12}" width="15" height="15" rx="3"`;
    const drawn = [
      `<rect ${box} fill="${fill}"${edge}/>`,
      ...(extra === '' ? [] : [`<rect ${box} fill="${extra}"/>`]),
      text({ x: x + 21, y, size: SMALL, fill: INK }, label),
    ];
    x += width;
    return drawn;
  });
  return { parts, height: y - top + LEGEND_ROW + 4 };
}
