import { type Alert, alertName, isOpen } from '../alert/alert.ts';
import type { Fingerprint } from '../labels/fingerprint.ts';
import { Labels } from '../labels/labels.ts';

/** How much a sender may have routing remember. Lengths are in characters. */
export interface AlertLimits {
  /** Open alerts in all. */
  readonly alerts: number;
  /** Open alerts with one `alertname`. */
  readonly alertsPerName: number;
  readonly labels: number;
  readonly labelNameLength: number;
  readonly labelValueLength: number;
  /** All names and texts of one alert's annotations together. */
  readonly annotationsLength: number;
}

export const DEFAULT_ALERT_LIMITS: AlertLimits = {
  alerts: 50_000,
  alertsPerName: 20_000,
  labels: 64,
  labelNameLength: 128,
  labelValueLength: 1024,
  annotationsLength: 16_384,
};

/** An alert that is not taken, which limit forbids it, and that in words. */
export interface Refused {
  readonly alert: Alert;
  readonly limit: keyof AlertLimits;
  readonly message: string;
}

/** How many alerts are open, in all and by name: an index over alerts, kept up to date by whoever changes them. */
export class OpenAlerts {
  /** The names of those that are open; undefined for ended ones, until they are forgotten. */
  readonly #names = new Map<Fingerprint, string | undefined>();
  readonly #counts = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(fingerprint: Fingerprint): boolean {
    return this.#names.get(fingerprint) !== undefined;
  }

  /** Open ones, and those that ended lately. */
  get remembered(): number {
    return this.#names.size;
  }

  remembers(fingerprint: Fingerprint): boolean {
    return this.#names.has(fingerprint);
  }

  countOf(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  set(alert: Alert): void {
    const name = isOpen(alert) ? alertName(alert) : undefined;
    this.#recount(this.#names.get(alert.fingerprint), name);
    this.#names.set(alert.fingerprint, name);
  }

  delete(fingerprint: Fingerprint): void {
    this.#recount(this.#names.get(fingerprint), undefined);
    this.#names.delete(fingerprint);
  }

  #recount(before: string | undefined, after: string | undefined): void {
    if (before === after) return;
    if (before !== undefined) this.#count(before, -1);
    if (after !== undefined) this.#count(after, 1);
  }

  #count(name: string, change: 1 | -1): void {
    this.#size += change;
    const count = this.countOf(name) + change;
    if (count > 0) this.#counts.set(name, count);
    else this.#counts.delete(name);
  }
}

/** Ended alerts are remembered for half an hour; as many as may be open, and no more. */
const REMEMBERED = 2;

/**
 * Which alerts of a batch may come in. News of an alert that is known (its end above all) always may, whatever the counts; the end of
 * an unknown one may until twice as many are remembered as may be open. What is too large is refused, but for the annotations of one that is open: they are cut, because
 * its sender would else be taken for silent.
 */
export function admitAlerts(
  batch: readonly Alert[],
  open: OpenAlerts,
  limits: AlertLimits,
): { readonly admitted: readonly Alert[]; readonly refused: readonly Refused[] } {
  const admitted: Alert[] = [];
  const refused: Refused[] = [];
  const added = new Set<Fingerprint>();
  const ends = new Set<Fingerprint>();
  const addedByName = new Map<string, number>();
  for (const alert of batch) {
    const tooLarge = sizeBreach(alert, limits);
    if (tooLarge) {
      const isKnown = tooLarge.limit === 'annotationsLength' && open.has(alert.fingerprint);
      if (isKnown) admitted.push({ ...alert, annotations: cut(alert.annotations, limits.annotationsLength) });
      refused.push(isKnown ? { ...tooLarge, message: `${tooLarge.message}; they were cut` } : tooLarge);
      continue;
    }
    const name = alertName(alert);
    const isNew = isOpen(alert) && !open.has(alert.fingerprint) && !added.has(alert.fingerprint);
    const isStranger = !isOpen(alert) && !open.remembers(alert.fingerprint) && !ends.has(alert.fingerprint);
    const ofName = open.countOf(name) + (addedByName.get(name) ?? 0);
    const tooMany = isNew
      ? countBreach(alert, { all: open.size + added.size, ofName }, limits)
      : isStranger
        ? endBreach(alert, open.remembered + added.size + ends.size, limits)
        : undefined;
    if (tooMany) {
      refused.push(tooMany);
      continue;
    }
    admitted.push(alert);
    if (isStranger) ends.add(alert.fingerprint);
    if (!isNew) continue;
    added.add(alert.fingerprint);
    addedByName.set(name, (addedByName.get(name) ?? 0) + 1);
  }
  return { admitted, refused };
}

function sizeBreach(alert: Alert, limits: AlertLimits): Refused | undefined {
  const refuse = (limit: keyof AlertLimits, message: string): Refused => ({ alert, limit, message });
  if (alert.labels.size > limits.labels) {
    return refuse('labels', `${alert.labels.size} labels, more than ${limits.labels}`);
  }
  for (let index = 0; index < alert.labels.size; index += 1) {
    const name = alert.labels.nameAt(index);
    const value = alert.labels.valueAt(index);
    if (name.length > limits.labelNameLength) {
      return refuse(
        'labelNameLength',
        `a label name of ${name.length} characters, more than ${limits.labelNameLength}`,
      );
    }
    if (value.length > limits.labelValueLength) {
      const { labelValueLength } = limits;
      return refuse(
        'labelValueLength',
        `label ${JSON.stringify(name)} has ${value.length} characters, more than ${labelValueLength}`,
      );
    }
  }
  const { annotations } = alert;
  let length = 0;
  for (let index = 0; index < annotations.size; index += 1)
    length += annotations.nameAt(index).length + annotations.valueAt(index).length;
  if (length > limits.annotationsLength) {
    return refuse('annotationsLength', `annotations of ${length} characters, more than ${limits.annotationsLength}`);
  }
  return undefined;
}

/** Each text at most its share of what all may have; nothing where there are too many to have one. */
function cut(annotations: Labels, most: number): Labels {
  const share = Math.floor(most / annotations.size);
  if (annotations.names().some((name) => name.length >= share)) return Labels.empty;
  return Labels.of(
    annotations.pairs.map(([name, text]): [string, string] => [
      name,
      text.slice(0, share - name.length).toWellFormed(),
    ]),
  );
}

function endBreach(alert: Alert, remembered: number, limits: AlertLimits): Refused | undefined {
  if (remembered < REMEMBERED * limits.alerts) return undefined;
  const message = `the end of an alert that was never heard of, and ${remembered} are remembered already`;
  return { alert, limit: 'alerts', message };
}

function countBreach(
  alert: Alert,
  counts: { readonly all: number; readonly ofName: number },
  limits: AlertLimits,
): Refused | undefined {
  if (counts.all >= limits.alerts) return { alert, limit: 'alerts', message: `${counts.all} alerts are open already` };
  if (counts.ofName < limits.alertsPerName) return undefined;
  const message = `${counts.ofName} alerts named ${JSON.stringify(alertName(alert))} are open already`;
  return { alert, limit: 'alertsPerName', message };
}
