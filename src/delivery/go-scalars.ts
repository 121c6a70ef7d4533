import { z } from 'zod';
import type { Path, YamlDocument } from '../document/yaml.ts';
import { parseDuration } from '../time/duration.ts';

/**
 * Alertmanager reads its file with a YAML library that decodes each scalar by the type of the field it lands in, from the text as
 * written: `version: 1.10` is the text `1.10`, `continue: yes` is true. These schemas do the same over a document in which every
 * number and boolean has been put back to its text (`asWritten`).
 */
export function asWritten(document: YamlDocument): YamlDocument {
  const walk = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]) ?? '');
    if (typeof value === 'object' && value !== null) return entries(value, path);
    if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
      return document.source?.(path) ?? String(value);
    }
    return value;
  };
  const entries = (value: object, path: Path): Record<string, unknown> => {
    const kept: Record<string, unknown> = {};
    for (const [key, child] of Object.entries(value)) {
      // A key without a value is the same as no key, but in the maps from name to text, where it is empty text.
      if (child !== null) kept[key] = walk(child, [...path, key]);
      else if (NULLS_KEPT.has(String(path.at(-1)))) kept[key] = null;
    }
    return kept;
  };
  return { file: document.file, value: walk(document.value, []), at: (path, part) => document.at(path, part) };
}

const NULLS_KEPT = new Set([
  'match',
  'match_re',
  'source_match',
  'source_match_re',
  'target_match',
  'target_match_re',
  'headers',
  'details',
]);

const BOOLEANS: ReadonlyMap<string, boolean> = new Map(
  [
    ['y', 'yes', 'on', 'true'],
    ['n', 'no', 'off', 'false'],
  ].flatMap((words, index) =>
    words.flatMap((word): [string, boolean][] =>
      [word, word.toUpperCase(), (word[0] ?? '').toUpperCase() + word.slice(1)].map((form) => [form, index === 0]),
    ),
  ),
);

function parsed<T>(expected: string, parse: (text: string) => T | undefined): z.ZodType<T, string> {
  return z.string({ error: `expected ${expected}` }).transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.issues.push({ code: 'custom', input: text, message: `expected ${expected}; got ${JSON.stringify(text)}` });
    return z.NEVER;
  });
}

export const Text = z.string({ error: 'expected text' });
export const Flag: z.ZodType<boolean, string> = parsed('true or false', (text) => BOOLEANS.get(text));
export const Count: z.ZodType<number, string> = parsed('a whole number', (text) =>
  /^\+?\d{1,9}$/.test(text) ? Number(text) : undefined,
);
export const TextMap = z
  .record(z.string(), z.nullable(Text), { error: 'expected a mapping of names to texts' })
  .transform(
    (map): ReadonlyMap<string, string> => new Map(Object.entries(map).map(([key, text]) => [key, text ?? ''])),
  );

/** Go's durations are counted in nanoseconds in 64 bits: about 292 years. */
const LONGEST_MS = 9_223_372_036_854;

/** Prometheus' duration syntax, in milliseconds. */
export const ModelDuration: z.ZodType<number, string> = parsed('a duration such as 5m, 30s, 1h30m', (text) => {
  const ms = parseDuration(text);
  return ms === undefined || ms > LONGEST_MS ? undefined : ms;
});

const GO_UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's own duration syntax (`1m30s`, `1.5h`, `0`), in milliseconds; used by `timeout` and a few others. */
export const GoDuration: z.ZodType<number, string> = parsed('a duration such as 10s or 1m30s', (text) => {
  if (text === '0') return 0;
  if (!/^(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(count) * (GO_UNITS[unit ?? ''] ?? 0);
  }
  return total;
});

/** An http(s) URL with a host. `<secret>` stands where a configuration was printed by an API. */
export const HttpUrl: z.ZodType<string, string> = parsed('an http(s) URL', (text) =>
  text === '<secret>' || (/^https?:\/\/[^/]/i.test(text) && URL.canParse(text)) ? text : undefined,
);

/** `host:port`; the host may be empty or an IPv6 address in brackets. */
export const HostPort: z.ZodType<{ readonly host: string; readonly port: string } | null, string> = parsed(
  'host:port',
  (text) => {
    if (text === '') return null;
    const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]+)$/.exec(text);
    return match ? { host: match[1] ?? match[2] ?? '', port: match[3] ?? '' } : undefined;
  },
);

/** A secret that stands in the file or in a file of its own, which is read when it is used. */
export type SecretSource =
  | { readonly kind: 'inline'; readonly value: string }
  | { readonly kind: 'file'; readonly path: string };

/** Of `name` and `name_file`: at most one may be set. @returns the source, undefined for neither, or a fault. */
export function secretOf(
  name: string,
  inline: string | undefined,
  file: string | undefined,
): SecretSource | undefined | { readonly fault: string } {
  if (inline && file) return { fault: `at most one of ${name} & ${name}_file must be configured` };
  if (inline) return { kind: 'inline', value: inline };
  return file ? { kind: 'file', path: file } : undefined;
}

/**
 * Whether a secret was plainly never filled in: `<PD_SERVICE_KEY>`, Slack's documentation URL, `your-pagerduty-integration-key`,
 * `changeme`, or `${PD_KEY}`, which nobody expands in an Alertmanager file. Never to be called.
 */
export function isPlaceholder(secret: SecretSource | undefined): boolean {
  if (secret?.kind !== 'inline') return false;
  const value = secret.value.trim();
  return (
    /^\$(?:\{.*\}|\(.*\)|[A-Z_]+)$/.test(value) ||
    /^(?:your|insert|enter|replace|example|dummy|fake|placeholder)(?:[-_ ].*)?$/i.test(value) ||
    /^[^:/]*[-_ ]here$/i.test(value) ||
    /\/(?:YOUR(?:[-_/].*)?|your[-_](?:webhook|token|key|url|id)[-_\w]*)$/.test(value) ||
    /^<.*>$/.test(value) ||
    /\/T0{8}\/B0{8}\//.test(value) ||
    /(?:^|[/_-])X{8,}$/i.test(value) ||
    /^(?:change[-_]?me|replace[-_]?me|todo|xxx+)$/i.test(value)
  );
}
