import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { prometheusBackend } from '../../src/remote/prometheus.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

interface Seen {
  path: string;
  body: string;
  authorization: string | undefined;
}

/** A server that answers everything the same, and what it was asked. */
async function answering(answer: unknown, status = 200): Promise<{ origin: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      seen.push({ path: request.url ?? '', body, authorization: request.headers.authorization });
      response.statusCode = status;
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { origin: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const success = (resultType: string, result: unknown, more: object = {}) => ({
  status: 'success',
  data: { resultType, result },
  ...more,
});

describe('a Prometheus that is asked over HTTP', () => {
  it('answers an instant query below its path, with its notes', async () => {
    const { origin, seen } = await answering(
      success('vector', [{ metric: { __name__: 'up', a: 'b' }, value: [12.5, '+Inf'] }], {
        warnings: ['w'],
        infos: ['i'],
      }),
    );
    const { value, warnings, infos } = await prometheusBackend(`http://me:s%3Acret@${origin}/prom/`).instant(
      'up',
      12_500,
    );
    expect(value.kind === 'vector' && value.samples.map(({ labels, t, v }) => [String(labels), t, v])).toEqual([
      ['{__name__="up", a="b"}', 12_500, Number.POSITIVE_INFINITY],
    ]);
    expect([warnings, infos]).toEqual([['w'], ['i']]);
    expect(seen[0]).toEqual({
      path: '/prom/api/v1/query',
      body: 'query=up&time=12.5',
      authorization: `Basic ${Buffer.from('me:s:cret').toString('base64')}`,
    });
  });

  it('answers a range as a matrix', async () => {
    const { origin, seen } = await answering(
      success('matrix', [
        {
          metric: {},
          values: [
            [1, '1'],
            [2, 'NaN'],
          ],
        },
      ]),
    );
    const { value } = await prometheusBackend(`http://${origin}/api/v1`).range('x', {
      from: 1000,
      to: 2000,
      stepMs: 500,
    });
    expect(value.kind === 'matrix' && value.series.map(({ times, values }) => [[...times], [...values]])).toEqual([
      [
        [1000, 2000],
        [1, Number.NaN],
      ],
    ]);
    expect(seen[0]?.body).toBe('query=x&start=1&end=2&step=0.5');
  });

  it('passes on what it says against an expression', async () => {
    const { origin } = await answering({ status: 'error', errorType: 'bad_data', error: '1:3: parse error: no' }, 400);
    await expect(prometheusBackend(`http://${origin}`).instant('x', undefined)).rejects.toThrow(
      `${origin}: 1:3: parse error: no`,
    );
  });

  it.each([
    ['a page', '<html>', 'something that is not Prometheus'],
    ['another API', { ok: true }, "not a query's result"],
    ['native histograms', success('vector', [{ metric: {}, histogram: [1, {}] }]), 'native histograms'],
  ])('is not believed when it answers with %s', async (_, answer, message) => {
    const { origin } = await answering(answer);
    await expect(prometheusBackend(`http://${origin}`).instant('x', undefined)).rejects.toThrow(message);
  });

  it('says plainly that nobody is there, or that the URL is none', async () => {
    const { origin } = await answering({});
    server?.close();
    await expect(prometheusBackend(`http://${origin}`).instant('x', undefined)).rejects.toThrow('ECONNREFUSED');
    expect(() => prometheusBackend('prometheus:9090')).toThrow('only http and https');
    expect(() => prometheusBackend('nonsense')).toThrow('not a URL');
  });
});
