import { episodeIn, type Heard, type ServiceAnswer, type ServiceCall } from './heard.ts';

export const ROUTING_KEY = 'R0UT1NGKEY0000000000000000ABCDEF';
const LARGEST_EVENT_BYTES = 512 * 1024;
const SEVERITIES = ['critical', 'error', 'warning', 'info'];

/** One incident as PagerDuty would have opened it. */
export interface PagerdutyIncident {
  readonly dedupKey: string;
  readonly episode: string;
  state: 'triggered' | 'acknowledged' | 'resolved';
}

/** PagerDuty's Events API v2 by its published rules: one open incident per dedup key, whatever is repeated. */
export class PagerdutyService {
  readonly incidents: PagerdutyIncident[] = [];
  readonly heard: Heard[] = [];
  readonly refused: string[] = [];

  take({ method, headers, text, at }: ServiceCall): ServiceAnswer {
    const event = objectOf(text);
    const errors = errorsOf(event, text);
    if (method !== 'POST' || !String(headers['content-type']).startsWith('application/json')) errors.push('not JSON');
    if (errors.length > 0) {
      this.refused.push(`pagerduty: ${errors.join('; ')}`);
      return { status: 400, body: { status: 'invalid event', message: 'Event object is invalid', errors } };
    }
    const dedupKey = String(event['dedup_key']);
    const action = String(event['event_action']);
    const episode = this.#apply(action, dedupKey, text);
    const act = action === 'trigger' ? 'firing' : action === 'resolve' ? 'resolved' : 'acknowledged';
    this.heard.push({ kind: 'pagerduty', destination: 'pagerduty', episode, act, at });
    return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: dedupKey } };
  }

  /** @returns whose episode it was about; an event about nothing open is dropped, as PagerDuty does. */
  #apply(action: string, dedupKey: string, text: string): string {
    const standing = this.incidents.findLast((incident) => incident.dedupKey === dedupKey);
    if (action === 'trigger') {
      if (standing && standing.state !== 'resolved') return episodeIn(text);
      this.incidents.push({ dedupKey, episode: episodeIn(text), state: 'triggered' });
      return episodeIn(text);
    }
    if (standing && standing.state !== 'resolved') standing.state = action === 'resolve' ? 'resolved' : 'acknowledged';
    return standing?.episode ?? '';
  }
}

function errorsOf(event: Readonly<Record<string, unknown>>, text: string): string[] {
  const errors: string[] = [];
  const must = (holds: boolean, words: string): void => {
    if (!holds) errors.push(words);
  };
  const { routing_key: key, event_action: action, dedup_key: dedupKey, payload } = event;
  must(key === ROUTING_KEY, "'routing_key' is invalid");
  must(['trigger', 'acknowledge', 'resolve'].includes(String(action)), "'event_action' is invalid");
  must(typeof dedupKey === 'string' && dedupKey !== '' && dedupKey.length <= 255, "'dedup_key' is missing or too long");
  must(Buffer.byteLength(text) <= LARGEST_EVENT_BYTES, 'the event is larger than 512 KB');
  if (action !== 'trigger') return errors;
  const { summary, source, severity } = Object(payload) as Readonly<Record<string, unknown>>;
  must(
    typeof summary === 'string' && summary !== '' && summary.length <= 1024,
    "'payload.summary' is missing or too long",
  );
  must(typeof source === 'string' && source !== '', "'payload.source' is missing or blank");
  must(SEVERITIES.includes(String(severity)), "'payload.severity' is invalid");
  return errors;
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
