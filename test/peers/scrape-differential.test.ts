import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/document/yaml.ts';
import { readScrapeSection } from '../../src/ingest/schema.ts';
import { createScraper, type Scraper } from '../../src/ingest/scraper.ts';
import { matcher } from '../../src/labels/matcher.ts';
import { systemClock } from '../../src/time/clock.ts';
import { Head } from '../../src/tsdb/head.ts';

const present = spawnSync('prometheus', ['--version']).status === 0;
if (!present) {
  const loud = 'SKIPPED: prometheus is not installed; our scrapes are not compared with its';
  if (process.env['WATCHROOM_REQUIRE_PEERS'] === '1') throw new Error(loud);
  console.error(loud);
}

const TEXT = 'text/plain; version=0.0.4';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0';

/** Pages that both must judge alike, and store alike where they take them. */
const PAGES: readonly (readonly [name: string, type: string, body: string])[] = [
  ['plain', TEXT, '# HELP a Help \\\\ and \\n.\n# TYPE a counter\na{x="1",y="ü"} 1\na{x="2"} 2.5e3\n'],
  ['no last newline', TEXT, 'a 1'],
  ['empty', TEXT, ''],
  ['blank lines', TEXT, '\n\na 1\n\t\nb 2\n'],
  ['indented name', TEXT, ' a 1\n'],
  ['raw newline in a value', TEXT, 'a{x="1\n2"} 1\n'],
  ['metric name in quotes', TEXT, '{"a.b",x="1"} 1\n'],
  ['blanks', TEXT, 'a { x = "1" , y = "2" , } 1\n'],
  ['no commas', TEXT, 'a{x="1" y="2"} 1\n'],
  ['no blank before the value', TEXT, 'a{}1\n'],
  [
    'numbers',
    TEXT,
    'a NaN\nb +Inf\nc -inf\nd -0\ne 1e-400\nf .5\ng 5.\nh +7E3\ni 0.1234567890123456789\nj infinity\nk 12345678901234567890\nl 4.9e-324\n',
  ],
  ['too large', TEXT, 'a 1e999\n'],
  ['hexadecimal', TEXT, 'a 0x1F\n'],
  ['hexadecimal float', TEXT, 'a 0x1p4\n'],
  ['underscore', TEXT, 'a 1_000\n'],
  ['signed NaN', TEXT, 'a +NaN\n'],
  ['escapes', TEXT, 'a{x="\\\\ \\" \\n \\d",y="C:\\\\x"} 1\n'],
  ['unterminated', TEXT, 'a{x="1} 1\n'],
  ['duplicate label', TEXT, 'a{x="1",x="2"} 1\n'],
  ['duplicate label, same value', TEXT, 'a{x="1",x="1"} 1\n'],
  ['duplicate series', TEXT, 'a 1\na 2\nb 1\nb 1\n'],
  ['a name given as a label', TEXT, 'a{__name__="b"} 1\n'],
  ['negative timestamp', TEXT, 'a 1 -5\n'],
  ['fractional timestamp', TEXT, 'a 1 5.5\n'],
  ['tail', TEXT, 'a 1 5 x\n'],
  ['TYPE twice', TEXT, '# TYPE a counter\na 1\n# TYPE a gauge\n'],
  ['unknown TYPE', TEXT, '# TYPE a conter\na 1\n'],
  ['TYPE with two blanks', TEXT, '# TYPE a  counter\na 1\n'],
  ['HELP without text', TEXT, '# HELP a\na 1\n'],
  ['HELP without name', TEXT, '# HELP\n# TYPE\na 1\n'],
  ['HELP of no name', TEXT, '# HELP 1a x\na 1\n'],
  ['comments', TEXT, '#a\n# b\n#\n# UNIT a x\n#\tTYPE a counter\na 1\n'],
  ['broken histogram', TEXT, '# TYPE h histogram\nh_bucket{le="0.5"} 5\nh_bucket{le="0.1"} 3\nh_bucket{le="NaN"} 1\n'],
  ['empty label value', TEXT, 'a{x=""} 1\n'],
  ['carriage returns', TEXT, 'a 1\r\nb 2\r\n'],
  ['HTML', TEXT, '<!doctype html><html></html>'],
  ['invalid UTF-8 value', TEXT, 'a{x="\u{fffe}BAD"} 1\n'],
  ['colons', TEXT, ':a:b{x="1"} 1\n'],
  ['label with colon', TEXT, 'a{x:y="1"} 1\n'],
  ['only braces', TEXT, '{} 1\n'],
  ['two values', TEXT, 'a 1 2 3\n'],
  ['empty braces then timestamp', TEXT, 'a{} 1   \n'],
  [
    'OM plain',
    OPENMETRICS,
    '# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds x\na_seconds_total{x="1"} 1\n# EOF\n',
  ],
  ['OM no end', OPENMETRICS, 'a 1\n'],
  ['OM end without newline', OPENMETRICS, 'a 1\n# EOF'],
  ['OM more after the end', OPENMETRICS, 'a 1\n# EOF\nb 2\n'],
  ['OM two ends', OPENMETRICS, 'a 1\n# EOF\n\n'],
  ['OM blank line', OPENMETRICS, 'a 1\n\n# EOF\n'],
  ['OM comment', OPENMETRICS, '# hello\na 1\n# EOF\n'],
  ['OM two blanks', OPENMETRICS, 'a  1\n# EOF\n'],
  ['OM blank in labels', OPENMETRICS, 'a{x="1", y="2"} 1\n# EOF\n'],
  ['OM trailing comma', OPENMETRICS, 'a{x="1",} 1\n# EOF\n'],
  ['OM missing comma', OPENMETRICS, 'a{x="1"y="2"} 1\n# EOF\n'],
  ['OM exemplar', OPENMETRICS, 'a_bucket{le="1.0"} 1 # {trace="x y"} 0.5 1.5\nb_total 1 # {} 2\n# EOF\n'],
  ['OM exemplar without value', OPENMETRICS, 'a 1 # {x="1"}\n# EOF\n'],
  ['OM wrong unit', OPENMETRICS, '# UNIT a_seconds bytes\na_seconds 1\n# EOF\n'],
  ['OM untyped', OPENMETRICS, '# TYPE a untyped\na 1\n# EOF\n'],
  ['OM unknown', OPENMETRICS, '# TYPE a unknown\na 1\n# EOF\n'],
  ['OM infinite timestamp', OPENMETRICS, 'a 1 Inf\n# EOF\n'],
  ['OM tab', OPENMETRICS, 'a\t1\n# EOF\n'],
  ['OM empty', OPENMETRICS, ''],
  ['OM only the end', OPENMETRICS, '# EOF\n'],
  ['OM HELP without text', OPENMETRICS, '# HELP a\na 1\n# EOF\n'],
];

/** Where we differ from Prometheus 2.42 by choice, and why. */
const JUDGED_OTHERWISE: ReadonlyMap<string, string> = new Map([
  ['indented name', 'it takes the blank for a part of the name and fails; the format allows it'],
  ['OM trailing comma', 'allowed from Prometheus 3 on'],
  [
    'raw newline in a value',
    'it is taken; no correct exporter writes it, and a missing quote is found on its own line this way',
  ],
  ['metric name in quotes', 'allowed from Prometheus 3 on'],
]);

interface Stored {
  readonly labels: Record<string, string>;
  readonly value: number;
}

function comparable(samples: readonly Stored[]): string[] {
  return samples
    .filter(({ labels }) => !/^(?:up|scrape_.*)$/.test(labels['__name__'] ?? ''))
    .map(
      ({ labels, value }) =>
        `${JSON.stringify(
          Object.entries(labels)
            .filter(([n]) => n !== 'instance')
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )} ${Object.is(value, -0) ? '-0' : value}`,
    )
    .sort();
}

async function free(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.skipIf(!present)('Prometheus and we', () => {
  let server: Server;
  let prometheus: ChildProcess;
  let api: string;
  let dir: string;
  let scraper: Scraper;
  const head = new Head();

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'watchroom-peer-'));
    server = createServer((request, response) => {
      const page = PAGES[Number((request.url ?? '').slice(1))];
      const body = Buffer.from(page?.[2] ?? '');
      const bad = body.indexOf('\u{fffe}BAD');
      response.writeHead(200, { 'content-type': page?.[1] ?? TEXT });
      response.end(
        bad < 0 ? body : Buffer.concat([body.subarray(0, bad), Buffer.from([0xff, 0xfe]), body.subarray(bad + 6)]),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        {
          job_name: 'pages',
          static_configs: PAGES.map((_, index) => ({
            targets: [address],
            labels: { __metrics_path__: `/${index}`, page: String(index) },
          })),
        },
      ],
    };
    writeFileSync(join(dir, 'prometheus.yml'), JSON.stringify(config));
    const port = await free();
    api = `http://127.0.0.1:${port}/api/v1`;
    prometheus = spawn('prometheus', [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ]);
    const section = readScrapeSection(parseYaml(JSON.stringify(config), 'prometheus.yml'));
    scraper = createScraper({
      configs: section.configs,
      appender: head,
      clock: systemClock,
      wire: systemClock,
      spread: false,
    });
    await scraper.run(scraper.nextDue() ?? 0);
    const deadline = Date.now() + 60_000;
    for (;;) {
      const targets = await theirTargets().catch(() => []);
      if (targets.length === PAGES.length && targets.every((target) => target.health !== 'unknown')) break;
      if (Date.now() > deadline) throw new Error('prometheus did not scrape in time');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }, 90_000);

  afterAll(async () => {
    await scraper?.close();
    prometheus?.kill();
    server?.closeAllConnections();
    server?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  interface TheirTarget {
    readonly labels: Record<string, string>;
    readonly health: string;
    readonly lastError: string;
  }

  async function theirTargets(): Promise<TheirTarget[]> {
    const answer = (await (await fetch(`${api}/targets?state=active`)).json()) as {
      data: { activeTargets: TheirTarget[] };
    };
    return answer.data.activeTargets;
  }

  async function theirSamples(page: number): Promise<Stored[]> {
    const query = encodeURIComponent(`{page="${page}"}`);
    const answer = (await (await fetch(`${api}/query?query=${query}`)).json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: numberOf(value[1]) }));
  }

  it('judge every page alike and store the same samples', async () => {
    const theirs = await theirTargets();
    const differences: string[] = [];
    for (const [index, [name]] of PAGES.entries()) {
      const their = theirs.find((target) => target.labels['page'] === String(index));
      const our = scraper.targets().find((target) => target.labels.get('page') === String(index));
      if (JUDGED_OTHERWISE.has(name)) {
        if (their?.health === our?.health) differences.push(`${name}: judged alike after all`);
        continue;
      }
      if (their?.health !== our?.health)
        differences.push(
          `${name}: theirs ${their?.health} (${their?.lastError}), ours ${our?.health} (${our?.lastError})`,
        );
      const ours = head
        .select([matcher('page', '=', String(index), 'prometheus')], 0, Number.MAX_SAFE_INTEGER)
        .map((series) => ({ labels: series.labels.toJSON(), value: series.values.at(-1) ?? Number.NaN }));
      const [a, b] = [comparable(await theirSamples(index)), comparable(ours)];
      if (JSON.stringify(a) !== JSON.stringify(b))
        differences.push(`${name}: theirs ${a.join(' | ')}; ours ${b.join(' | ')}`);
    }
    expect(differences).toEqual([]);
  });
});

function numberOf(text: string): number {
  return text === '+Inf' ? Number.POSITIVE_INFINITY : text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}
