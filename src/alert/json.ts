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

/** `alertToJson` as text. */
export function alertText(alert: Alert): string {
  return JSON.stringify(alertToJson(alert));
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
