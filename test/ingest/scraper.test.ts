import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/document/yaml.ts';
import { readScrapeSection, type ScrapeConfig } from '../../src/ingest/schema.ts';
import { createScraper, type Scraper, type TargetStatus } from '../../src/ingest/scraper.ts';
import { matcher } from '../../src/labels/matcher.ts';
import { systemClock } from '../../src/time/clock.ts';
import { advance } from '../../src/time/loop.ts';
import { ManualClock } from '../../src/time/manual-clock.ts';
import { Head } from '../../src/tsdb/head.ts';
import { isStaleAt } from '../../src/tsdb/staleness.ts';

const START = Date.UTC(2026, 10, 16, 12);
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A target on loopback that answers as told; `host:port`. */
async function target(answer: RequestListener): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A target that exposes whatever `page.text` is at the moment. */
async function exposing(page: { text: string; type?: string }): Promise<string> {
  return target((_, response) =>
    response.writeHead(200, { 'content-type': page.type ?? 'text/plain; version=0.0.4' }).end(page.text),
  );
}

function configs(yaml: string): readonly ScrapeConfig[] {
  return readScrapeSection(parseYaml(yaml, 'scrape.yml')).configs;
}

function jobYaml(name: string, address: string, extra = ''): string {
  return `- job_name: ${name}\n  static_configs: [{ targets: ['${address}'] }]\n${extra.replaceAll(/^(?=.)/gm, '  ')}\n`;
}

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

class Bench {
  readonly clock = new ManualClock(START);
  readonly head = new Head({ clock: this.clock });
  readonly lines: string[] = [];
  readonly scraper: Scraper;

  constructor(yaml: string, options: { stragglerAfterMs?: number; baseDir?: string; spread?: boolean } = {}) {
    this.scraper = createScraper({
      configs: configs(yaml),
      appender: this.head,
      clock: this.clock,
      wire: systemClock,
      log: (line) => this.lines.push(line),
      spread: false,
      stragglerAfterMs: Number.POSITIVE_INFINITY,
      ...options,
    });
    closing.push(() => this.scraper.close());
  }

  async to(seconds: number): Promise<void> {
    await advance(this.clock, [this.scraper], START + seconds * 1000);
  }

  /** Samples of a metric as `second=value`, stale markers as `second=stale`, by label set. */
  series(metric: string): Record<string, string[]> {
    const found = this.head.select([matcher('__name__', '=', metric, 'prometheus')], START - 1e9, START + 1e9);
    return Object.fromEntries(
      found.map((s) => [
        s.labels.without('__name__', 'instance').toString(),
        [...s.times].map((t, i) => `${(t - START) / 1000}=${isStaleAt(s.values, i) ? 'stale' : s.values[i]}`),
      ]),
    );
  }

  status(job: string): TargetStatus {
    const found = this.scraper.targets().find((t) => t.job === job);
    if (!found) throw new Error(`no target of ${job}`);
    return found;
  }
}

describe('a scrape', () => {
  it('stores every sample at the moment it was due, with reports beside it', async () => {
    const page = { text: '# TYPE hits counter\nhits{path="/"} 1\nqueue 5\n' };
    const bench = new Bench(`scrape_configs:\n${jobYaml('web', await exposing(page))}`);
    await bench.to(20);
    page.text = 'hits{path="/"} 4\nqueue 6\n';
    await bench.to(30);
    expect(bench.series('hits')).toEqual({ '{job="web", path="/"}': ['0=1', '15=1', '30=4'] });
    expect(bench.series('up')).toEqual({ '{job="web"}': ['0=1', '15=1', '30=1'] });
    expect(bench.series('scrape_samples_scraped')).toEqual({ '{job="web"}': ['0=2', '15=2', '30=2'] });
    expect(bench.series('scrape_series_added')).toEqual({ '{job="web"}': ['0=2', '15=0', '30=0'] });
    expect(bench.status('web')).toMatchObject({ health: 'up', lastError: '', lastScrapeAt: START + 30_000 });
    expect(bench.status('web').lastDurationMs).toBeLessThan(2000);
    expect(bench.scraper.metadata().get('hits')).toBeUndefined();
  });

  it('asks as Prometheus asks', async () => {
    let seen: NodeJS.Dict<string | string[]> = {};
    const address = await target((request, response) => {
      seen = request.headers;
      response.end('a 1\n');
    });
    const bench = new Bench(`scrape_configs:\n${jobYaml('a', address, 'basic_auth: { username: u, password: p }')}`);
    await bench.to(0);
    expect(seen).toMatchObject({
      accept:
        'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'accept-encoding': 'gzip',
      'x-prometheus-scrape-timeout-seconds': '10',
      authorization: `Basic ${Buffer.from('u:p').toString('base64')}`,
    });
    expect(bench.status('a').health).toBe('up');
  });

  it('reads OpenMetrics and gzip, and keeps the connection', async () => {
    const sockets = new Set<unknown>();
    const address = await target((request, response) => {
      sockets.add(request.socket);
      response.writeHead(200, {
        'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
        'content-encoding': 'gzip',
      });
      response.end(gzipSync('# TYPE a counter\na_total 7 1\n# EOF\n'));
    });
    const bench = new Bench(`scrape_configs:\n${jobYaml('a', address, 'honor_timestamps: false')}`);
    await bench.to(30);
    expect(bench.series('a_total')).toEqual({ '{job="a"}': ['0=7', '15=7', '30=7'] });
    expect(sockets.size).toBe(1);
  });

  it('reads a secret from its file at each scrape', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'watchroom-'));
    closing.push(() => rmSync(dir, { recursive: true }));
    const tokens: unknown[] = [];
    const address = await target((request, response) => {
      tokens.push(request.headers.authorization);
      response.end('a 1\n');
    });
    writeFileSync(join(dir, 'token'), 'one\n');
    const bench = new Bench(`scrape_configs:\n${jobYaml('a', address, 'authorization: { credentials_file: token }')}`, {
      baseDir: dir,
    });
    await bench.to(0);
    writeFileSync(join(dir, 'token'), 'two\n');
    await bench.to(15);
    rmSync(join(dir, 'token'));
    await bench.to(30);
    expect(tokens).toEqual(['Bearer one', 'Bearer two']);
    expect(bench.status('a').lastError).toBe('the file token cannot be read (ENOENT)');
  });
});

describe('labels', () => {
  const page = { text: 'a{job="mine",instance="i",x="1"} 1\nb{exported_job="e",job="j"} 2\n' };

  it('of the target win, and the exposed ones stay as exported_', async () => {
    const bench = new Bench(`scrape_configs:\n${jobYaml('real', await exposing(page))}`);
    await bench.to(0);
    expect(bench.series('a')).toEqual({ '{exported_instance="i", exported_job="mine", job="real", x="1"}': ['0=1'] });
    expect(bench.series('b')).toEqual({ '{exported_exported_job="j", exported_job="e", job="real"}': ['0=2'] });
  });

  it('that are exposed win under honor_labels', async () => {
    const bench = new Bench(`scrape_configs:\n${jobYaml('real', await exposing(page), 'honor_labels: true')}`);
    await bench.to(0);
    expect(bench.series('a')).toEqual({ '{job="mine", x="1"}': ['0=1'] });
    expect(bench.series('up')).toEqual({ '{job="real"}': ['0=1'] });
  });

  it('and metrics can be dropped by relabelling, which the report shows', async () => {
    const rules =
      'metric_relabel_configs: [{ source_labels: [__name__], regex: b, action: drop }, { regex: exported_.*, action: labeldrop }]';
    const bench = new Bench(`scrape_configs:\n${jobYaml('real', await exposing(page), rules)}`);
    await bench.to(15);
    expect(bench.series('a')).toEqual({ '{job="real", x="1"}': ['0=1', '15=1'] });
    expect(bench.series('b')).toEqual({});
    expect(bench.series('scrape_samples_scraped')).toEqual({ '{job="real"}': ['0=2', '15=2'] });
    expect(bench.series('scrape_samples_post_metric_relabeling')).toEqual({ '{job="real"}': ['0=1', '15=1'] });
  });
});

describe('series that end', () => {
  it('are marked when a target no longer exposes them, and come back', async () => {
    const page = { text: 'a 1\nb 1\n' };
    const bench = new Bench(`scrape_configs:\n${jobYaml('t', await exposing(page))}`);
    await bench.to(0);
    page.text = 'a 2\n';
    await bench.to(30);
    page.text = 'b 3\na 3\n';
    await bench.to(45);
    expect(bench.series('b')).toEqual({ '{job="t"}': ['0=1', '15=stale', '45=3'] });
    expect(bench.series('a')).toEqual({ '{job="t"}': ['0=1', '15=2', '30=2', '45=3'] });
    expect(bench.series('scrape_series_added')).toEqual({ '{job="t"}': ['0=2', '15=0', '30=0', '45=1'] });
  });

  it('are marked when a scrape fails, while up goes to 0', async () => {
    let healthy = true;
    const address = await target((_, response) =>
      healthy ? response.end('a 1\n') : response.writeHead(503).end('no'),
    );
    const bench = new Bench(`scrape_configs:\n${jobYaml('t', address)}`);
    await bench.to(0);
    healthy = false;
    await bench.to(30);
    expect(bench.status('t')).toMatchObject({
      health: 'down',
      lastError: 'server returned HTTP status 503 Service Unavailable',
    });
    healthy = true;
    await bench.to(45);
    expect(bench.series('a')).toEqual({ '{job="t"}': ['0=1', '15=stale', '45=1'] });
    expect(bench.series('up')).toEqual({ '{job="t"}': ['0=1', '15=0', '30=0', '45=1'] });
    expect(bench.lines).toHaveLength(2);
    expect(bench.lines[0]).toContain('is down: server returned HTTP status 503');
    expect(bench.lines[1]).toContain('is up again');
  });

  it('are marked with their reports when the target leaves the configuration; one that stays does not notice', async () => {
    const [one, two] = [await exposing({ text: 'a 1\n' }), await exposing({ text: 'a 1\n' })];
    const bench = new Bench(`scrape_configs:\n${jobYaml('one', one)}${jobYaml('two', two)}`);
    await bench.to(20);
    bench.scraper.reload(configs(`scrape_configs:\n${jobYaml('two', two, 'honor_labels: true')}`));
    await bench.to(30);
    expect(bench.series('a')).toEqual({
      '{job="one"}': ['0=1', '15=1', '20=stale'],
      '{job="two"}': ['0=1', '15=1', '30=1'],
    });
    expect(bench.series('up')).toEqual({
      '{job="one"}': ['0=1', '15=1', '20=stale'],
      '{job="two"}': ['0=1', '15=1', '30=1'],
    });
    expect(bench.scraper.targets().map((t) => t.job)).toEqual(['two']);
  });

  it('with timestamps of their own are not marked, unless that is asked for', async () => {
    const page = { text: `a 1 ${START - 1000}\n` };
    const address = await exposing(page);
    const bench = new Bench(
      `scrape_configs:\n${jobYaml('t', address)}${jobYaml('u', address, 'track_timestamps_staleness: true')}`,
    );
    await bench.to(0);
    page.text = '';
    await bench.to(15);
    expect(bench.series('a')).toEqual({ '{job="t"}': ['-1=1'], '{job="u"}': ['-1=1', '15=stale'] });
  });
});

describe('bad answers', () => {
  const bomb = gzipSync(Buffer.alloc(200_000_000, 'a 1\n'));
  const cases: [string, RequestListener, string | RegExp, string?][] = [
    [
      'a syntax error',
      (_, r) => r.end('fine 1\nbad{x="1} 2\n'),
      '2:7: the value of the label x is not closed by a quote',
    ],
    [
      'a login page that says so',
      (_, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      'the target answered HTML, not metrics; does the path need a login, or lead to a web page?',
    ],
    [
      'a login page that pretends to be text',
      (_, r) => r.writeHead(200, { 'content-type': 'text/plain' }).end('<!doctype html>'),
      '1:1: this is HTML, not metrics; does the path need a login, or lead to a web page?',
    ],
    [
      'JSON',
      (_, r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
      'the target answered "application/json", which is no metrics format; set fallback_scrape_protocol if it is one',
    ],
    [
      'OpenMetrics cut off',
      (_, r) => r.writeHead(200, { 'content-type': 'application/openmetrics-text' }).end('a 1\n'),
      '2:1: the text does not end with # EOF; was the answer cut off?',
    ],
    [
      'a gzip bomb of 200 MB',
      (_, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
      'the body is larger than the body_size_limit of 10 MiB after decompression',
    ],
    [
      'gzip within gzip',
      (_, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(bomb)),
      /^\d+:1: the line is not UTF-8; is the body compressed/,
    ],
    [
      'two content encodings',
      (_, r) => r.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(bomb)),
      'the answer has the content-encoding "gzip, gzip"; only gzip is read',
    ],
    [
      'brotli',
      (_, r) => r.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync('a 1\n')),
      'the answer has the content-encoding "br"; only gzip is read',
    ],
    [
      'gzip that is none',
      (_, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('a 1\n'),
      'the body is not gzip as announced (Z_DATA_ERROR)',
    ],
    [
      'a body without end',
      (_, r) => void setInterval(() => r.write('a'.repeat(1_000_000)), 1).unref(),
      'the body is larger than the body_size_limit of 1 MiB',
      'body_size_limit: 1MB',
    ],
    [
      'one byte now and then',
      (_, r) => void setInterval(() => r.write('a'), 50).unref(),
      'no complete answer within the scrape_timeout of 300ms',
      'scrape_timeout: 300ms',
    ],
    ['silence', () => undefined, 'no complete answer within the scrape_timeout of 300ms', 'scrape_timeout: 300ms'],
    ['a connection that drops', (request) => request.socket.destroy(), 'socket hang up'],
    [
      'an answer shorter than announced',
      (request, r) => r.writeHead(200, { 'content-length': '100' }).write('a 1\n', () => request.socket.destroy()),
      'aborted',
    ],
    ['words that are not HTTP', (request) => request.socket.end('SSH-2.0-OpenSSH\r\n'), /^Parse Error/],
    [
      'a redirect to the metadata service',
      (_, r) => r.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
      'the target redirects to http://169.254.169.254; redirects to another host are not followed',
    ],
    [
      'a redirect to a file',
      (_, r) => r.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      /^the target redirects to file:/,
    ],
    ['redirects without end', (_, r) => r.writeHead(302, { location: '/again' }).end(), 'more than 5 redirects'],
    [
      'a redirect where none are followed',
      (_, r) => r.writeHead(302, { location: '/x' }).end(),
      'server returned HTTP status 302 Found',
      'follow_redirects: false',
    ],
    ['no permission', (_, r) => r.writeHead(403).end(), 'server returned HTTP status 403 Forbidden'],
    ['bytes that are not UTF-8', (_, r) => r.end(Buffer.from([97, 123, 0xff, 0xfe])), /^1:1: the line is not UTF-8/],
    [
      'too many samples',
      (_, r) => r.end('a 1\nb 1\nc 1\n'),
      '3 samples exceed the sample_limit of 2',
      'sample_limit: 2',
    ],
    [
      'too many labels',
      (_, r) => r.end('a{b="1",c="2"} 1\n'),
      'the metric "a" has 5 labels, more than the label_limit of 4',
      'label_limit: 4',
    ],
    [
      'a label value longer than the configuration allows',
      (_, r) => r.end(`a{b="${'x'.repeat(1025)}"} 1\n`),
      'the metric "a" has a value of "b" longer than the label_value_length_limit of 1024',
      'label_value_length_limit: 1024',
    ],
    [
      'a label name longer than the configuration allows',
      (_, r) => r.end(`a{${'x'.repeat(129)}="1"} 1\n`),
      'the metric "a" has a label name longer than the label_name_length_limit of 128',
      'label_name_length_limit: 128',
    ],
  ];

  it('leave a reason, up 0, none of their samples, and every other target alone', async () => {
    const good = await exposing({ text: 'good 1\n' });
    let yaml = `global: { scrape_timeout: 5s }\nscrape_configs:\n${jobYaml('good', good)}`;
    for (const [index, [, answer, , extra]] of cases.entries())
      yaml += jobYaml(`bad-${index}`, await target(answer), extra);
    const bench = new Bench(yaml);
    await bench.to(15);
    for (const [index, [name, , reason]] of cases.entries()) {
      const status = bench.status(`bad-${index}`);
      expect(status.health, name).toBe('down');
      if (typeof reason === 'string') expect(status.lastError, name).toBe(reason);
      else expect(status.lastError, name).toMatch(reason);
      expect(bench.series('up')[`{job="bad-${index}"}`], name).toEqual(['0=0', '15=0']);
    }
    expect(bench.series('good')).toEqual({ '{job="good"}': ['0=1', '15=1'] });
    expect(bench.series('up')['{job="good"}']).toEqual(['0=1', '15=1']);
    for (const metric of ['fine', 'a', 'b', 'c']) expect(bench.series(metric)).toEqual({});
  });

  it('include addresses where clouds keep credentials and a port where nobody listens', async () => {
    const yaml = `scrape_configs:\n${jobYaml('meta', '169.254.169.254')}${jobYaml('mapped', '[::ffff:169.254.169.254]')}${jobYaml('local6', '[fe80::1]')}${jobYaml('closed', '127.0.0.1:1')}`;
    const bench = new Bench(yaml);
    await bench.to(0);
    expect(bench.status('meta').lastError).toBe(
      '169.254.169.254 is a link-local, multicast or unspecified address, which is never scraped',
    );
    expect(bench.status('mapped').lastError).toContain('is a link-local');
    expect(bench.status('local6').lastError).toContain('is a link-local');
    expect(bench.status('closed').lastError).toContain('ECONNREFUSED');
  });

  it('that only repeat a series count the first sample and say so', async () => {
    const bench = new Bench(`scrape_configs:\n${jobYaml('t', await exposing({ text: 'a 1\na 2\nb 1\n' }))}`);
    await bench.to(15);
    expect(bench.series('a')).toEqual({ '{job="t"}': ['0=1', '15=1'] });
    expect(bench.status('t')).toMatchObject({
      health: 'up',
      lastWarning: '1 samples not taken: they appear twice in one scrape (the first counts)',
    });
    expect(bench.lines).toHaveLength(1);
  });

  it('with a label longer than we take by ourselves lose that series only, and say which', async () => {
    const long = `long{b="${'x'.repeat(1025)}"} 1\nlong{b="${'y'.repeat(1025)}"} 1\nname{${'x'.repeat(129)}="1"} 1\n`;
    const many = `many{${Array.from({ length: 70 }, (_, index) => `l${index}="1"`).join(',')}} 1\n`;
    const text = `ok 1\n${long}${many}`;
    const bench = new Bench(`scrape_configs:\n${jobYaml('t', await exposing({ text }))}`);
    await bench.to(15);
    expect(bench.series('up')).toEqual({ '{job="t"}': ['0=1', '15=1'] });
    expect(bench.series('ok')).toEqual({ '{job="t"}': ['0=1', '15=1'] });
    for (const metric of ['long', 'name', 'many']) expect(bench.series(metric)).toEqual({});
    expect(bench.status('t').lastWarning).toBe(
      '2 samples not taken: they have a longer label value than is taken (the metric "long" has a value of "b" longer than the label_value_length_limit of 1024); ' +
        '1 samples not taken: they have a longer label name than is taken; 1 samples not taken: they have more labels than are taken',
    );
    // Two scrapes; told once, counted each time.
    expect(bench.lines).toHaveLength(1);
    expect(Object.fromEntries(bench.status('t').refused)).toEqual({
      label_value_length_limit: 4,
      label_name_length_limit: 2,
      label_limit: 2,
    });
  });

  it('with a label value of any length are taken where the configuration says so', async () => {
    const text = `long{b="${'x'.repeat(5000)}"} 1\n`;
    const bench = new Bench(
      `scrape_configs:\n${jobYaml('t', await exposing({ text }), 'label_value_length_limit: 0')}`,
    );
    await bench.to(0);
    expect(Object.keys(bench.series('long'))).toHaveLength(1);
  });

  it('with absurd timestamps lose those samples only', async () => {
    const bench = new Bench(
      `scrape_configs:\n${jobYaml('t', await exposing({ text: `future 1 ${START + 86_400_000}\nok 1\n` }))}`,
    );
    await bench.to(0);
    expect(bench.series('future')).toEqual({});
    expect(bench.series('ok')).toEqual({ '{job="t"}': ['0=1'] });
    expect(bench.status('t').lastWarning).toBe('1 samples not taken: they are too far in the future');
  });
});

describe('many targets', () => {
  it('are scraped at the same time, and a hung one costs the others nothing', async () => {
    let asked = 0;
    const hung = await target(() => {
      asked += 1;
    });
    const good = await exposing({ text: 'a 1\n' });
    const yaml = `scrape_configs:\n${jobYaml('hung', hung, 'scrape_timeout: 9s')}${jobYaml('good', good)}`;
    const bench = new Bench(yaml, { stragglerAfterMs: 400 });
    const started = performance.now();
    await bench.to(90);
    // One run waits in vain; after it the hung target is left to its timeout.
    expect(performance.now() - started).toBeLessThan(1600);
    expect(bench.series('up')['{job="good"}']).toEqual(['0=1', '15=1', '30=1', '45=1', '60=1', '75=1', '90=1']);
    expect(bench.status('hung').health).toBe('unknown');
    expect(asked).toBe(1);
  });

  it('that timed out once are not waited for again until they answer', async () => {
    let hangs = true;
    let asked = 0;
    const address = await target((_, response) => {
      asked += 1;
      if (!hangs) response.end('a 1\n');
    });
    const bench = new Bench(`scrape_configs:\n${jobYaml('t', address, 'scrape_timeout: 900ms')}`, {
      stragglerAfterMs: 700,
    });
    await bench.to(0);
    await eventually(() => bench.status('t').health === 'down');
    const started = performance.now();
    await bench.to(15);
    expect(performance.now() - started).toBeLessThan(400);
    await eventually(() => asked === 2);
    hangs = false;
    await eventually(() => bench.status('t').lastScrapeAt === START + 15_000);
    await bench.to(30);
    await eventually(() => bench.status('t').health === 'up');
    await bench.to(45);
    expect(bench.series('up')).toEqual({ '{job="t"}': ['0=0', '15=0', '30=1', '45=1'] });
  });

  it('that close a kept connection at the wrong moment are asked once more', async () => {
    const requests = new Map<unknown, number>();
    const address = await target((request, response) => {
      const count = (requests.get(request.socket) ?? 0) + 1;
      requests.set(request.socket, count);
      if (count > 1) request.socket.destroy();
      else response.end('a 1\n');
    });
    const bench = new Bench(`scrape_configs:\n${jobYaml('t', address)}`);
    await bench.to(30);
    expect(bench.series('up')).toEqual({ '{job="t"}': ['0=1', '15=1', '30=1'] });
  });

  it('are spread over the interval, each at its own constant offset', async () => {
    const address = await exposing({ text: 'a 1\n' });
    const jobs = Array.from({ length: 40 }, (_, i) => jobYaml(`job-${i}`, address)).join('');
    const bench = new Bench(`scrape_configs:\n${jobs}`, { spread: true });
    await bench.to(44);
    const offsets = Object.values(bench.series('up')).map((times) => {
      const at = times.map((time) => Number(time.split('=')[0]));
      expect(at.slice(1).map((t, i) => Math.round((t - (at[i] ?? 0)) * 1000))).toEqual(at.slice(1).map(() => 15_000));
      return at[0] ?? 0;
    });
    expect(offsets.length).toBe(40);
    expect(offsets.filter((offset) => offset < 7.5).length).toBeGreaterThan(8);
    expect(offsets.filter((offset) => offset > 7.5).length).toBeGreaterThan(8);
  });

  it('skip the slots that passed while the process slept, and stay on their grid', async () => {
    const bench = new Bench(`scrape_configs:\n${jobYaml('t', await exposing({ text: 'a 1\n' }))}`);
    await bench.to(0);
    bench.clock.set(START + 100_000);
    await bench.scraper.run(START + 100_000);
    await bench.to(105);
    expect(bench.series('a')).toEqual({ '{job="t"}': ['0=1', '90=1', '105=1'] });
  });
});

describe('target files', () => {
  it('are read again when they change; a broken one keeps its last good targets; a deleted one ends them', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'watchroom-'));
    closing.push(() => rmSync(dir, { recursive: true }));
    const address = await exposing({ text: 'a 1\n' });
    writeFileSync(join(dir, 'one.json'), JSON.stringify([{ targets: [address], labels: { from: 'one' } }]));
    writeFileSync(join(dir, 'ignored.txt'), 'x');
    const yaml = `scrape_configs:\n- job_name: files\n  file_sd_configs: [{ files: ['*.json', 'more.yml'] }]\n`;
    const bench = new Bench(yaml, { baseDir: dir });
    await bench.to(0);
    writeFileSync(join(dir, 'more.yml'), `- targets: ['${address}']\n  labels: { from: more }\n`);
    await bench.to(15);
    writeFileSync(join(dir, 'one.json'), '[{"targets": ["broken');
    await bench.to(30);
    rmSync(join(dir, 'more.yml'));
    await bench.to(45);
    expect(bench.series('a')).toEqual({
      '{from="one", job="files"}': ['0=1', '15=1', '30=1', '45=1'],
      '{from="more", job="files"}': ['15=1', '30=1', '35=stale'],
    });
    expect(bench.scraper.targets()[0]?.discoveredLabels.get('__meta_filepath')).toBe(join(dir, 'one.json'));
    expect(bench.lines).toHaveLength(1);
    expect(bench.lines[0]).toMatch(/one\.json:1:\d+: /);
  });
});
