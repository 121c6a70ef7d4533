import { type Alert, type AlertCondition, type AlertSource, alertIdentity } from '../../alert/alert.ts';
import { Labels } from '../../labels/labels.ts';
import { type Fields, fieldsOf, instantOf, textOf, textsOf, unreadable } from './json-fields.ts';
import { invalid, required } from './refusal.ts';

/** What a sender posted. Good alerts are taken even where others of the same body are not. */
export interface PostedAlerts {
  readonly alerts: readonly Alert[];
  /** Why the others were refused, one text each. */
  readonly problems: readonly string[];
}

/** A link longer than this is left out: it is only shown, and an alert must not be lost for it. */
const LONGEST_URL = 4096;
/** What Go's url.ParseRequestURI takes: an absolute URL or an absolute path. */
const REQUEST_URI = /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:|\/)[^\s\p{Cc}]*$/u;

/**
 * Reads the body of `POST /api/v2/alerts`.
 * @param body the parsed JSON; undefined for an empty body
 * @param resolveTimeoutMs how long an alert without an end fires after this word
 * @throws Refusal where the body as a whole is not what it should be: then nothing of it is taken, as in Alertmanager
 */
export function readAlerts(body: unknown, resolveTimeoutMs: number, now: number): PostedAlerts {
  if (body === undefined) throw required('alerts');
  if (body === null) return { alerts: [], problems: [] };
  if (!Array.isArray(body)) throw unreadable('alerts', 'json: cannot unmarshal an object where an array is expected');
  const drafts = body.map((value: unknown, index) => readDraft(fieldsOf(value, 'alerts'), index));
  const alerts: Alert[] = [];
  const problems: string[] = [];
  for (const draft of drafts) {
    const alert = alertOf(draft, resolveTimeoutMs, now);
    if (typeof alert === 'string') problems.push(alert);
    else alerts.push(alert);
  }
  return { alerts, problems };
}

interface Draft {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: number | undefined;
  readonly endsAt: number | undefined;
  readonly generatorUrl: string;
}

function readDraft(fields: Fields, index: number): Draft {
  const draft = {
    annotations: textsOf(fields, 'annotations', 'alerts') ?? {},
    startsAt: instantOf(fields, 'startsAt', 'alerts'),
    endsAt: instantOf(fields, 'endsAt', 'alerts'),
    generatorUrl: textOf(fields, 'generatorURL', 'alerts') ?? '',
  };
  const labels = textsOf(fields, 'labels', 'alerts');
  const url = draft.generatorUrl;
  if (url !== '' && !REQUEST_URI.test(url)) {
    throw invalid(601, `${index}.generatorURL in body must be of type uri: ${JSON.stringify(url.slice(0, 200))}`);
  }
  if (!labels) throw required(`${index}.labels`);
  return { ...draft, labels };
}

/** @returns the alert, or Alertmanager's complaint about it. */
function alertOf(draft: Draft, resolveTimeoutMs: number, now: number): Alert | string {
  const startsAt = draft.startsAt ?? draft.endsAt ?? now;
  const endsAt = draft.endsAt ?? now + resolveTimeoutMs;
  if (endsAt < startsAt) return 'start time must be before end time';
  const labels = Labels.of(draft.labels);
  // An empty value is the same as no label.
  if (labels.has('')) return 'invalid label set: invalid name ""';
  if (labels.size === 0) return 'at least one label pair required';
  if (Object.hasOwn(draft.annotations, '')) return 'invalid annotations: invalid name ""';
  return {
    fingerprint: alertIdentity(labels),
    labels,
    annotations: Labels.of(draft.annotations),
    startsAt,
    updatedAt: now,
    condition: conditionOf(draft.endsAt, endsAt, now),
    generatorUrl: draft.generatorUrl.length > LONGEST_URL ? '' : draft.generatorUrl,
    source: FROM_API,
  };
}

const FROM_API: AlertSource = { kind: 'api' };

/** An end that has come is the sender's word that the condition is over; one still to come is how long to believe without a word. */
function conditionOf(said: number | undefined, endsAt: number, now: number): AlertCondition {
  if (said === undefined) return { kind: 'firing', until: endsAt, timeout: true };
  return said <= now ? { kind: 'resolved', at: said } : { kind: 'firing', until: said };
}
