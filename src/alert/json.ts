import { Labels } from '../labels/labels.ts';
import type { Alert } from './alert.ts';

/** An Alert as JSON-able data: labels and annotations are plain records, the rest is as it is. */
export type AlertJson = Omit<Alert, 'labels' | 'annotations'> & {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

/** For storage and for crossing threads. Non-finite evidence values become null on the way (JSON has no NaN) and NaN on the way back. */
export function alertToJson(alert: Alert): AlertJson {
  return { ...alert, labels: alert.labels.toJSON(), annotations: alert.annotations.toJSON() };
}

/** By alert, between routing and incidents, which both keep what was heard. */
const texts = new WeakMap<Alert, string>();

/** `alertToJson` as text. Remembered until it is asked for a second time: there are two who keep it, and a flood has many texts. */
export function alertText(alert: Alert): string {
  const known = texts.get(alert);
  if (known !== undefined) {
    texts.delete(alert);
    return known;
  }
  const text = JSON.stringify(alertToJson(alert));
  texts.set(alert, text);
  return text;
}

/** The inverse, for data that this program wrote itself; not a validator. */
export function alertFromJson(json: AlertJson): Alert {
  const { evidence } = json;
  const number = (value: number | null): number => value ?? Number.NaN;
  return {
    ...json,
    labels: Labels.of(json.labels),
    annotations: Labels.of(json.annotations),
    ...(evidence && {
      evidence: {
        ...evidence,
        value: number(evidence.value),
        firstValue: number(evidence.firstValue),
        peak: number(evidence.peak),
      },
    }),
  };
}
