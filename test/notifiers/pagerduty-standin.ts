import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Readonly<Record<string, unknown>>;

export interface StandInCall {
  readonly api: 'v1' | 'v2';
  readonly body: Json;
  /** What is wrong with it; empty: it was accepted. */
  readonly errors: readonly string[];
}

/** A PagerDuty on loopback that enforces what the Events APIs enforce, and keeps the incidents that follow from it. */
export interface PagerdutyStandIn {
  readonly url: string;
  readonly calls: StandInCall[];
  /** By key and dedup key: what people see there. */
  readonly incidents: ReadonlyMap<string, 'triggered' | 'acknowledged' | 'resolved'>;
  /** Accepted, and dropped without a word: no open incident has this key at this integration. */
  readonly dropped: readonly Json[];
  /** Answers the next calls with this status, whatever they hold. */
  readonly trouble: { readonly status: number; readonly headers?: Readonly<Record<string, string>> }[];
  close(): Promise<void>;
}

const LARGEST_BYTES = 512 * 1024;

/** @param keys the integrations that exist, by the API they belong to */
export async function pagerdutyStandIn(keys: {
  readonly v1?: readonly string[];
  readonly v2?: readonly string[];
}): Promise<PagerdutyStandIn> {
  const calls: StandInCall[] = [];
  const incidents = new Map<string, 'triggered' | 'acknowledged' | 'resolved'>();
  const dropped: Json[] = [];
  const trouble: { status: number; headers?: Readonly<Record<string, string>> }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): void => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
      };
      const api = APIS[request.url ?? ''];
      if (request.method !== 'POST' || !api) return answer(404, { error: 'Not Found' });
      const next = trouble.shift();
      if (next) return answer(next.status, {}, next.headers);
      const bytes = Buffer.concat(chunks);
      if (bytes.length > LARGEST_BYTES) return answer(413, { error: 'Request Entity Too Large' });
      const body = JSON.parse(bytes.toString('utf8')) as Json;
      const errors = api === 'v2' ? faultsOfV2(body) : faultsOfV1(body);
      const key = String(body[api === 'v2' ? 'routing_key' : 'service_key']);
      if (errors.length === 0 && keys[api]?.includes(key) !== true) {
        errors.push(api === 'v2' ? 'Invalid routing key' : 'Service key is invalid');
      }
      calls.push({ api, body, errors });
      if (errors.length > 0) {
        return answer(400, { status: 'invalid event', message: 'Event object is invalid', errors });
      }
      take(api, key, body);
      answer(api === 'v2' ? 202 : 200, { status: 'success', message: 'Event processed' });
    });
  });
  const take = (api: 'v1' | 'v2', key: string, body: Json): void => {
    const action = body[api === 'v2' ? 'event_action' : 'event_type'];
    const id = `${key} ${String(body[api === 'v2' ? 'dedup_key' : 'incident_key'])}`;
    const state = incidents.get(id);
    const isOpen = state !== undefined && state !== 'resolved';
    if (action === 'trigger') incidents.set(id, isOpen ? state : 'triggered');
    else if (isOpen) incidents.set(id, action === 'resolve' ? 'resolved' : 'acknowledged');
    else dropped.push(body);
  };
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    incidents,
    dropped,
    trouble,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

const APIS: Readonly<Record<string, 'v1' | 'v2'>> = {
  '/v2/enqueue': 'v2',
  '/generic/2010-04-15/create_event.json': 'v1',
};
const ACTIONS = ['trigger', 'acknowledge', 'resolve'];

/** https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ */
export function faultsOfV2(body: Json): string[] {
  const { routing_key: key, event_action: action, dedup_key: dedupKey, payload } = body;
  const faults = [
    ...keyFaults('routing_key', key),
    ...(ACTIONS.includes(String(action)) ? [] : ["'event_action' is missing or unknown"]),
    ...textFaults('dedup_key', dedupKey, 255, action !== 'trigger'),
  ];
  if (action !== 'trigger') return [...faults, ...(payload === undefined ? [] : ["'payload' belongs to a trigger"])];
  if (!isObject(payload)) return [...faults, "'payload' is missing"];
  const severities = ['critical', 'error', 'warning', 'info'];
  return [
    ...faults,
    ...textFaults('payload.summary', payload['summary'], 1024, true),
    ...textFaults('payload.source', payload['source'], 1024, true),
    ...(severities.includes(String(payload['severity'])) ? [] : ["'payload.severity' is none of the four"]),
    ...(isIso(payload['timestamp']) ? [] : ["'payload.timestamp' is not ISO 8601"]),
    ...['component', 'group', 'class'].flatMap((name) => textFaults(`payload.${name}`, payload[name], 1024, false)),
    ...(payload['custom_details'] === undefined || isObject(payload['custom_details'])
      ? []
      : ["'payload.custom_details' is no object"]),
    ...listFaults('links', body['links'], (link) => isUrl(link['href']) && typeof link['text'] === 'string'),
    ...listFaults(
      'images',
      body['images'],
      (image) => isUrl(image['src']) && String(image['src']).startsWith('https:'),
    ),
    ...(body['client_url'] === undefined || isUrl(body['client_url']) ? [] : ["'client_url' is no URL"]),
  ];
}

/** https://developer.pagerduty.com/docs/events-api-v1/overview/ */
export function faultsOfV1(body: Json): string[] {
  const { service_key: key, event_type: type, incident_key: incidentKey, details } = body;
  return [
    ...keyFaults('Service key', key),
    ...(ACTIONS.includes(String(type)) ? [] : ["'event_type' is missing or blank"]),
    ...textFaults('incident_key', incidentKey, 255, type !== 'trigger'),
    ...textFaults('description', body['description'], 1024, type === 'trigger'),
    ...(details === undefined || isObject(details) ? [] : ["'details' is no object"]),
    ...listFaults('contexts', body['contexts'], (context) =>
      context['type'] === 'link' ? isUrl(context['href']) : context['type'] === 'image' && isUrl(context['src']),
    ),
  ];
}

function keyFaults(name: string, key: unknown): string[] {
  if (typeof key !== 'string' || key === '') return [`'${name}' is missing or blank`];
  return /^[a-zA-Z0-9]{32}$/.test(key) ? [] : [`Length of '${name}' is incorrect (should be 32 characters)`];
}

function textFaults(name: string, text: unknown, longest: number, isNeeded: boolean): string[] {
  if (text === undefined || text === '') return isNeeded ? [`'${name}' is missing or blank`] : [];
  if (typeof text !== 'string') return [`'${name}' is no text`];
  return text.length <= longest ? [] : [`'${name}' is longer than ${longest}`];
}

function listFaults(name: string, list: unknown, isGood: (item: Json) => boolean): string[] {
  if (list === undefined) return [];
  return Array.isArray(list) && list.every((item) => isObject(item) && isGood(item)) ? [] : [`'${name}' is invalid`];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isUrl(value: unknown): boolean {
  return typeof value === 'string' && /^https?:/.test(value) && URL.canParse(value);
}

function isIso(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(value);
}
