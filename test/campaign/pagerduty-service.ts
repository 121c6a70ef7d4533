import { faultsOfV2 } from '../notifiers/pagerduty-standin.ts';
import { episodeIn, type Heard, type ServiceAnswer, type ServiceCall } from './heard.ts';

export const ROUTING_KEY = 'R0UT1NGKEY0000000000000000ABCDEF';
const LARGEST_EVENT_BYTES = 512 * 1024;

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
    const errors = faultsOfV2(event);
    if (event['routing_key'] !== ROUTING_KEY) errors.push('Invalid routing key');
    if (Buffer.byteLength(text) > LARGEST_EVENT_BYTES) errors.push('larger than 512 KB');
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

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
