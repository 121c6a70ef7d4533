import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/document/yaml.ts';
import { readScrapeSection } from '../../src/ingest/schema.ts';
import { createScraper } from '../../src/ingest/scraper.ts';
import { systemClock } from '../../src/time/clock.ts';
import { Head } from '../../src/tsdb/head.ts';

const BINARY = 'openssl';
const present = spawnSync(BINARY, ['version']).status === 0;
if (!present) {
  const loud = `SKIPPED: ${BINARY} is not installed; scraping over TLS is not tested`;
  if (process.env['WATCHROOM_REQUIRE_PEERS'] === '1') throw new Error(loud);
  console.error(loud);
}

describe.skipIf(!present)('a scrape over TLS', () => {
  let dir: string;
  let server: Server;
  let address: string;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'watchroom-tls-'));
    const made = spawnSync(
      BINARY,
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=models.test',
        '-addext',
        'subjectAltName=DNS:models.test',
        '-keyout',
        'key.pem',
        '-out',
        'cert.pem',
      ],
      { cwd: dir },
    );
    if (made.status !== 0) throw new Error(String(made.stderr));
    const options = {
      key: readFileSync(join(dir, 'key.pem')),
      cert: readFileSync(join(dir, 'cert.pem')),
      ca: readFileSync(join(dir, 'cert.pem')),
      requestCert: true,
      rejectUnauthorized: false,
    };
    server = createServer(options, (request, response) => {
      const authorized = 'authorized' in request.socket && request.socket.authorized === true;
      response.end(`client_known ${authorized ? 1 : 0}\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function scrape(tls: object): Promise<{ error: string; known: number | undefined }> {
    const yaml = JSON.stringify({
      scrape_configs: [{ job_name: 'tls', scheme: 'https', tls_config: tls, static_configs: [{ targets: [address] }] }],
    });
    const head = new Head();
    const { configs } = readScrapeSection(parseYaml(yaml, 'tls.yml'));
    const scraper = createScraper({
      configs,
      appender: head,
      clock: systemClock,
      wire: systemClock,
      baseDir: dir,
      spread: false,
    });
    await scraper.run(scraper.nextDue() ?? 0);
    const error = scraper.targets()[0]?.lastError ?? '';
    await scraper.close();
    const known = head.select([], 0, Number.MAX_SAFE_INTEGER).find((s) => s.labels.get('__name__') === 'client_known');
    return { error, known: known?.values[0] };
  }

  it('refuses a certificate nobody vouches for', async () => {
    expect((await scrape({})).error).toMatch(/self[- ]signed certificate/);
  });

  it('accepts it by its authority and name, or without checking', async () => {
    expect(await scrape({ ca_file: 'cert.pem', server_name: 'models.test' })).toEqual({ error: '', known: 0 });
    expect((await scrape({ ca_file: 'cert.pem', server_name: 'other.test' })).error).toContain('other.test');
    expect(await scrape({ insecure_skip_verify: true })).toEqual({ error: '', known: 0 });
  });

  it('shows its own certificate', async () => {
    const tls = { ca_file: 'cert.pem', server_name: 'models.test', cert_file: 'cert.pem', key_file: 'key.pem' };
    expect(await scrape(tls)).toEqual({ error: '', known: 1 });
  });

  it('names a certificate file that is missing', async () => {
    expect((await scrape({ ca_file: 'nowhere.pem' })).error).toBe('the file nowhere.pem cannot be read (ENOENT)');
  });
});
