import { Labels } from '../labels/labels.ts';
import type { Alert } from './alert.ts';

/** An Alert as JSON-able data: labels and annotations are plain records, the rest is as it is. */
export type AlertJson = Omit<Alert, 'labels' | 'annotations'> & {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

/** What an alert says, and hardly ever changes: most of its text. */
type Content = Pick<Alert, 'labels' | 'annotations' | 'generatorUrl' | 'source'>;
/** How it stands, which changes with each word about it. */
type State = Omit<Alert, keyof Content | 'fingerprint'>;

/** For crossing threads. Non-finite evidence values become null on the way (JSON has no NaN) and NaN on the way back. */
export function alertToJson(alert: Alert): AlertJson {
  return { ...alert, labels: alert.labels.toJSON(), annotations: alert.annotations.toJSON() };
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

/** An alert as two texts, for storage: `contentText` and `stateText`. */
export interface AlertTexts {
  readonly fingerprint: string;
  readonly content: string;
  readonly state: string;
}

export function contentText({ labels, annotations, generatorUrl, source }: Content): string {
  return JSON.stringify({ labels, annotations, generatorUrl, source });
}

export function stateText({ startsAt, updatedAt, condition, evidence, flapping }: State): string {
  // Every property of a state has to stand here.
  const state: Record<keyof State, unknown> = { startsAt, updatedAt, condition, evidence, flapping };
  return JSON.stringify(state);
}

export function alertFromTexts({ fingerprint, content, state }: AlertTexts): Alert {
  const parts = { ...(JSON.parse(content) as object), ...(JSON.parse(state) as object) };
  return alertFromJson({ fingerprint, ...parts } as AlertJson);
}

/** Whether both have the same `contentText`. */
export function sameContent(a: Content, b: Content): boolean {
  return (
    a === b ||
    (a.labels.equals(b.labels) &&
      a.annotations.equals(b.annotations) &&
      a.generatorUrl === b.generatorUrl &&
      sameSource(a.source, b.source))
  );
}

function sameSource(a: Content['source'], b: Content['source']): boolean {
  if (a.kind !== 'rule' || b.kind !== 'rule') return a.kind === b.kind;
  return a.group === b.group && a.alertname === b.alertname;
}
