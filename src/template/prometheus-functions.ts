import type { Labels } from '../labels/labels.ts';
import { parseDuration } from '../time/duration.ts';
import { isDuration, listOf, numberOf, textOf } from './arguments.ts';
import { escapeQuery } from './escape.ts';
import type { Functions, TemplateFunction } from './execute.ts';
import {
  humanize,
  humanize1024,
  humanizeDuration,
  humanizePercentage,
  humanizeTimestamp,
  instantOf,
} from './humanize.ts';
import { FunctionError } from './template-error.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';
import { type ListValue, list, type MapValue, type StructValue, struct, textMap, time, type Value } from './values.ts';

/** What the functions need of their surroundings. */
export interface PrometheusContext {
  /** An instant query at the evaluation's time; a scalar is one sample without labels. @throws FunctionError */
  readonly query: (expr: string) => readonly { readonly labels: Labels; readonly v: number }[];
  readonly externalUrl: string;
}

/** The functions of Prometheus' alert templates (3.x). */
export function prometheusFunctions(context: PrometheusContext): Functions {
  return new Map<string, TemplateFunction>([
    ...TEXT_FUNCTIONS,
    ...NUMBER_FUNCTIONS,
    ...SAMPLE_FUNCTIONS,
    ...HOST_FUNCTIONS,
    ['query', (expr) => list(context.query(textOf(expr)).map(({ labels, v }) => sample(labels, v)))],
    ['externalURL', () => context.externalUrl],
    ['pathPrefix', () => /^[a-z][a-z\d+.-]*:\/\/[^/]*(\/[^?#]*)/i.exec(context.externalUrl)?.[1] ?? ''],
  ]);
}

/** One query result as templates see it: `.Labels` and `.Value`. */
function sample(labels: Labels, value: number): StructValue {
  return struct('sample', { Labels: textMap(labels), Value: value });
}

const NUMBER_FUNCTIONS: readonly (readonly [string, TemplateFunction])[] = [
  ['humanize', (value) => humanize(numberOf(value))],
  ['humanize1024', (value) => humanize1024(numberOf(value))],
  ['humanizeDuration', (value) => humanizeDuration(numberOf(value))],
  ['humanizePercentage', (value) => humanizePercentage(numberOf(value))],
  ['humanizeTimestamp', (value) => humanizeTimestamp(numberOf(value))],
  ['toTime', (value) => time(instantOf(numberOf(value)))],
  ['toDuration', (value) => (isDuration(value) ? value : { kind: 'duration', ms: numberOf(value) * 1000 })],
  [
    'parseDuration',
    (text) => {
      const ms = parseDuration(textOf(text));
      if (ms === undefined) throw new FunctionError(`not a valid duration string: ${JSON.stringify(textOf(text))}`);
      return ms / 1000;
    },
  ],
  ['title', (text) => title(textOf(text))],
];

/** Go's strings.Title: the first letter of each run of letters, digits and underscores; the rest stays. */
function title(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}_])\p{L}/gu, (letter) => letter.toUpperCase());
}

const SAMPLE_FUNCTIONS: readonly (readonly [string, TemplateFunction])[] = [
  [
    'first',
    (samples) => {
      const [head] = listOf(samples).items;
      if (head === undefined) throw new FunctionError('first() called on vector with no elements');
      return head;
    },
  ],
  ['label', (name, of) => labelsOf(of).entries.get(textOf(name)) ?? ''],
  ['value', (of) => sampleOf(of).fields.get('Value') as Value],
  ['strvalue', (of) => labelsOf(of).entries.get('__value__') ?? ''],
  ['sortByLabel', (name, samples) => sortByLabel(textOf(name), listOf(samples))],
  [
    'args',
    (...args): MapValue => ({
      kind: 'map',
      entries: new Map(args.map((value, i) => [`arg${i}`, value])),
      missing: undefined,
    }),
  ],
  ['graphLink', (expr) => `/graph?g0.expr=${escapeQuery(textOf(expr))}&g0.tab=0`],
  ['tableLink', (expr) => `/graph?g0.expr=${escapeQuery(textOf(expr))}&g0.tab=1`],
];

function sampleOf(value: Value): StructValue {
  if (typeof value === 'object' && value.kind === 'struct' && value.name === 'sample') return value;
  throw new FunctionError('expected a query result sample');
}

function labelsOf(value: Value): MapValue {
  const labels = sampleOf(value).fields.get('Labels');
  if (typeof labels === 'object' && labels.kind === 'map') return labels;
  throw new FunctionError('expected a query result sample');
}

/** Stable, by code units. */
function sortByLabel(name: string, samples: ListValue): ListValue {
  const key = (value: Value): string => {
    const found = labelsOf(value).entries.get(name);
    return typeof found === 'string' ? found : '';
  };
  return list(samples.items.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)));
}

const HOST_FUNCTIONS: readonly (readonly [string, TemplateFunction])[] = [
  ['stripPort', (text) => splitHostPort(textOf(text))?.host ?? textOf(text)],
  [
    'stripDomain',
    (text) => {
      const given = textOf(text);
      const { host, port } = splitHostPort(given) ?? { host: given, port: '' };
      if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) || host.includes(':')) return given;
      const short = host.split('.')[0] ?? '';
      return port === '' ? short : `${short}:${port}`;
    },
  ],
];

/** `host:port` or `[v6]:port`; undefined where the text has no port or is malformed. */
function splitHostPort(text: string): { host: string; port: string } | undefined {
  const match = /^(?:\[([^\][]*)\]|([^\][:]*)):([^\][:]*)$/.exec(text);
  if (!match) return undefined;
  return { host: match[1] ?? match[2] ?? '', port: match[3] ?? '' };
}
