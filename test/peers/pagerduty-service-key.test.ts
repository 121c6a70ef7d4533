import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { integrationOf } from '../../src/delivery/receiver.ts';
import { parseYaml } from '../../src/document/yaml.ts';
import { Labels } from '../../src/labels/labels.ts';
import { expandTexts, factsOf, pagerdutyEvent } from '../../src/notifiers/pagerduty-event.ts';
import { bodyFor } from '../../src/notifiers/pagerduty-wire.ts';
import { factsOfNotification, readReceiverTemplates } from '../../src/notifiers/receiver-templates.ts';
import { loadRouting } from '../../src/routing/schema.ts';
import { AT, alert, notification } from '../notifiers/harness.ts';
import { peer } from '../support/peer.ts';
import { userFile } from '../support/world.ts';

const BINARY = '/usr/bin/prometheus-alertmanager';
const present = peer(BINARY) && peer('/usr/bin/openssl');
const own = userFile('alertmanager.yml');
const KEY = 's'.repeat(32);
const HOST = 'events.pagerduty.com';

interface Heard {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

const PAGED = alert(
  { alertname: 'ModelLatencyP99High', model_name: 'fraud-detector', environment: 'production', severity: 'critical' },
  { annotations: { summary: 'P99 latency above 200ms', runbook_url: 'https://runbooks.internal/ml/latency' } },
);

async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 150; i += 1) {
    if (await look()) return;
    await pause(100);
  }
  throw new Error(`waited in vain until ${what}`);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

describe.skipIf(!present || own === undefined)('a service key, beside a real Alertmanager', () => {
  const heard: Heard[] = [];
  const closers: (() => void)[] = [];
  let folder = '';
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'watchroom-service-key-'));
    const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`];
    const key = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const files = ['-keyout', 'key.pem', '-out', 'cert.pem'];
    spawnSync('/usr/bin/openssl', ['req', ...key, ...subject, ...files], { cwd: folder });
    const pem = (name: string): Buffer => readFileSync(join(folder, name));
    // PagerDuty's own name, on loopback: a proxy leads Alertmanager here, whatever it wants to call.
    const pagerduty = createTlsServer({ key: pem('key.pem'), cert: pem('cert.pem') }, (request, response) => {
      let text = '';
      request.on('data', (chunk) => (text += String(chunk)));
      request.on('end', () => {
        heard.push({ path: request.url ?? '', body: JSON.parse(text) as Record<string, unknown> });
        response.writeHead(200).end('{"status":"success"}');
      });
    });
    const port = await listen(pagerduty);
    const proxy = createServer();
    proxy.on('connect', (_, socket, head) => {
      const onward = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    closers.push(
      () => pagerduty.closeAllConnections(),
      () => pagerduty.close(),
      () => proxy.close(),
    );
    const proxyPort = await listen(proxy);
    const file = parse(readFileSync(own ?? '', 'utf8').replace('<PD_SERVICE_KEY>', KEY)) as {
      global: Record<string, unknown>;
      route: { group_wait: string; group_interval: string; routes: { group_wait: string }[] };
    };
    file.global['http_config'] = {
      proxy_url: `http://127.0.0.1:${proxyPort}`,
      tls_config: { ca_file: join(folder, 'cert.pem') },
    };
    file.route.group_interval = '1s';
    for (const route of [file.route, ...file.route.routes]) route.group_wait = '1s';
    writeFileSync(join(folder, 'alertmanager.yml'), stringify(file));
    const web = createServer();
    const webPort = await listen(web);
    await new Promise((done) => web.close(done));
    child = spawn(
      BINARY,
      [
        `--config.file=${join(folder, 'alertmanager.yml')}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${webPort}`,
        '--cluster.listen-address=',
      ],
      { stdio: 'ignore' },
    );
    const base = `http://127.0.0.1:${webPort}`;
    await until('it is ready', async () => (await fetch(`${base}/-/ready`).catch(() => undefined))?.ok === true);
    const post = async (endsAt: number): Promise<void> => {
      const { labels, annotations, startsAt } = PAGED;
      const one = { labels, annotations, startsAt: new Date(startsAt), endsAt: new Date(endsAt) };
      await fetch(`${base}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([one]),
      });
    };
    await post(Date.now() + 600_000);
    await until('it pages', () => heard.length === 1);
    await post(Date.now());
    await until('it resolves', () => heard.length === 2);
  }, 40_000);

  afterAll(() => {
    child?.kill('SIGKILL');
    for (const close of closers) close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('goes to the same place of the Events API v1, and says the same', () => {
    const text = readFileSync(own ?? '', 'utf8').replace('<PD_SERVICE_KEY>', KEY);
    const { config } = loadRouting(parseYaml(text.replace(/^ {2}pagerduty_url:.*$/m, ''), 'alertmanager.yml'));
    const receiver = 'pagerduty-ml-critical';
    const integration = integrationOf(config.receivers, { receiver, kind: 'pagerduty', index: 0 });
    if (integration?.kind !== 'pagerduty') throw new Error('no PagerDuty here');
    const groupLabels = Labels.of({ alertname: 'ModelLatencyP99High', model_name: 'fraud-detector' });
    const facts = factsOfNotification(
      { receiver, alerts: [PAGED], groupLabels, groupKey: '', truncatedAlerts: 0 },
      'http://watchroom.example/',
    );
    const templates = readReceiverTemplates([]);
    const texts = expandTexts(integration.config, (template) => templates.expand(template, facts, AT));
    const event = pagerdutyEvent(factsOf(notification('pagerduty', [PAGED]), new Map()), texts);
    const { url } = integration.config;
    const said = (act: Parameters<typeof bodyFor>[2]): Record<string, unknown> =>
      JSON.parse(bodyFor(url, KEY, act)) as Record<string, unknown>;
    const [trigger, resolve] = heard;
    expect(trigger?.path).toBe(new URL(url).pathname);
    expect(new URL(url).host).toBe(HOST);

    const ours = said({ action: 'trigger', dedupKey: 'k', event });
    const {
      incident_key: theirKey,
      client_url: _,
      event_action: __,
      payload: ___,
      details,
      ...rest
    } = trigger?.body ?? {};
    expect(ours).toMatchObject(rest);
    // What is empty is left out by us.
    const { resolved: empty, ...full } = details as Record<string, string>;
    expect(empty).toBe('');
    expect(ours['details']).toMatchObject(full);
    expect(String(theirKey)).toMatch(/^[0-9a-f]+$/);

    const end = said({ action: 'resolve', dedupKey: 'k' });
    expect(Object.keys(end).toSorted()).toEqual(['event_type', 'incident_key', 'service_key']);
    expect(resolve?.body).toMatchObject({ event_type: end['event_type'], service_key: end['service_key'] });
    expect(resolve?.body['incident_key']).toBe(theirKey);
  });
});
