/** One alert as a sender posts it. */
export interface Posted {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

export const MODELS = 50;
export const PER_MODEL = 200;
export const BURST = 500;
/** Bursts are this far apart: 20 of them are ten thousand alerts in five minutes. */
export const BURST_EVERY_MS = 15_000;
const NAMES = 20;
const HOUR_MS = 3_600_000;

export const ROOT = { alertname: 'FeatureStoreDown', service: 'feature-store-db' };

/** Ten are P1: the database that everything depends on, and nine models that stopped to answer because of it. */
const DOWN = Array.from({ length: 9 }, (_, index) => ({
  alertname: 'ModelServerDown',
  model_name: `model-${index * 5}`,
}));

/** The label sets of a cascade, in the order they fire: the root first, the P1s one per burst, the rest across all models. */
export function cascade(): readonly (readonly Record<string, string>[])[] {
  const critical = [ROOT, ...DOWN].map((labels) => ({ ...labels, severity: 'critical', environment: 'production' }));
  const symptoms = Array.from({ length: MODELS * PER_MODEL - critical.length }, (_, index) => ({
    alertname: `Symptom${String(Math.floor(index / MODELS) % NAMES).padStart(2, '0')}`,
    model_name: `model-${index % MODELS}`,
    feature_name: `feature-${Math.floor(index / (MODELS * NAMES))}`,
    severity: 'warning',
    environment: 'production',
  }));
  const bursts: Record<string, string>[][] = [];
  while (symptoms.length > 0 || critical.length > 0) {
    // The second P1 comes with the second burst, and so on: most arrive in the thick of it.
    const urgent = critical.splice(0, 1);
    bursts.push([...urgent, ...symptoms.splice(0, BURST - urgent.length)]);
  }
  return bursts;
}

export function posted(labels: Readonly<Record<string, string>>, now: number, until?: number): Posted {
  const about = labels['model_name'] ?? labels['service'] ?? '';
  return {
    labels,
    annotations: {
      summary: `${labels['alertname'] ?? ''} on ${about}`,
      description: 'Follows from the feature store.',
    },
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(until ?? now + HOUR_MS).toISOString(),
  };
}
