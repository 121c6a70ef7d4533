import type { PagerdutyAct } from './pagerduty.ts';

const V2_PATH = '/v2/enqueue';
const V1_PATH = '/generic/2010-04-15/create_event.json';

/** Which of PagerDuty's two Events APIs is spoken at an address: its path says so, and v2 is the usual one. */
export function apiAt(url: string): 'v1' | 'v2' {
  return pathOf(url).endsWith('/create_event.json') ? 'v1' : 'v2';
}

/** The other API of the same host; undefined for an address that is none of the two well-known ones. */
export function siblingOf(url: string): string | undefined {
  const path = pathOf(url);
  if (path.endsWith(V2_PATH)) return url.replace(/\/v2\/enqueue\/?$/, V1_PATH);
  return path.endsWith(V1_PATH) ? url.replace(/\/generic\/2010-04-15\/create_event\.json$/, V2_PATH) : undefined;
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname.replace(/\/$/, '') : '';
}

/** The body of one call, with its key. */
export function bodyFor(url: string, key: string, act: PagerdutyAct): string {
  return JSON.stringify(apiAt(url) === 'v1' ? versionOne(key, act) : versionTwo(key, act));
}

function versionTwo(key: string, act: PagerdutyAct): object {
  const { action, dedupKey } = act;
  return {
    routing_key: key,
    event_action: action,
    dedup_key: dedupKey,
    ...(act.action === 'trigger' ? act.event : {}),
  };
}

/**
 * As Alertmanager writes it for a `service_key`. It knows no severity, source or component: what of that is known goes into the
 * details. https://developer.pagerduty.com/docs/events-api-v1/overview/
 */
function versionOne(key: string, act: PagerdutyAct): object {
  const { action, dedupKey } = act;
  const call = { service_key: key, event_type: action, incident_key: dedupKey };
  if (act.action !== 'trigger') return call;
  const { payload, links = [], images = [], client, client_url: clientUrl } = act.event;
  const { summary, severity, source, component, group, class: kind, custom_details: details = {} } = payload;
  const contexts = [
    ...links.map((link) => ({ type: 'link', ...link })),
    ...images.map((image) => ({ type: 'image', ...image })),
  ];
  return {
    ...call,
    description: summary,
    ...(client === undefined ? {} : { client }),
    ...(clientUrl === undefined ? {} : { client_url: clientUrl }),
    details: { severity, source, component, group, class: kind, ...details },
    ...(contexts.length === 0 ? {} : { contexts }),
  };
}
