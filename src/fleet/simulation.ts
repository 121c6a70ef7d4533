import { FaultLog } from './faults.ts';
import { FLEET_MODELS, type FleetModel } from './model.ts';
import { ERROR_TYPES, LATENCY_BOUNDS, ModelRun, SCORE_BOUNDS } from './model-run.ts';
import { Page } from './page-text.ts';

const LATENCY_Z_THRESHOLD = 3.5;
const SCORE_Z_THRESHOLD = 3;

export interface SimulationOptions {
  readonly seed: number;
  /** Domain epoch ms at which the processes started: counters count from here. */
  readonly startAt: number;
  readonly faults?: FaultLog;
}

/**
 * The fleet as a function of time: the same seed, start and faults give the same text for a moment, in whatever order and however
 * often moments are asked for. Asking forward is cheap (some microseconds per model and 5 s); going back replays from the start.
 */
export class FleetSimulation {
  readonly faults: FaultLog;
  readonly #options: SimulationOptions;
  readonly #runs = new Map<string, ModelRun>();

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.faults = options.faults ?? new FaultLog();
  }

  /** The text of one exposition at `t`; undefined where nothing answers on that path, or the model is down. */
  exposition(path: string, t: number): string | undefined {
    if (path === '/feature-store/metrics') return this.#featureStore(t);
    if (path === '/drift-detector/metrics') return this.#driftDetector(t);
    const model = FLEET_MODELS.find((candidate) => modelPath(candidate) === path);
    if (!model || this.faults.level(model.id, 'down', t) > 0) return undefined;
    return modelServer(this.#run(model, t));
  }

  #run(model: FleetModel, t: number): ModelRun {
    const known = this.#runs.get(model.id);
    if (known?.advance(t)) return known;
    const run = new ModelRun(
      model,
      this.#options.seed + FLEET_MODELS.indexOf(model) * 7919,
      this.faults,
      this.#options.startAt,
    );
    run.advance(t);
    this.#runs.set(model.id, run);
    return run;
  }

  #featureStore(t: number): string {
    const page = new Page();
    page.family('ml_feature_null_rate', 'gauge', 'Share of null values per feature over the last five minutes');
    for (const model of FLEET_MODELS) {
      const run = this.#run(model, t);
      for (const [index, feature] of model.features.entries()) {
        const rate = run.nullRate(index);
        if (rate !== undefined) page.sample('', [...labelsOf(model), ['feature_name', feature.name]], rate);
      }
    }
    return page.text();
  }

  #driftDetector(t: number): string {
    const page = new Page();
    page.family('ml_prediction_psi_score', 'gauge', 'Population Stability Index for prediction drift');
    for (const model of FLEET_MODELS) page.sample('', labelsOf(model), this.#run(model, t).psi);
    return page.text();
  }
}

export function modelPath(model: FleetModel): string {
  return `/models/${model.id}/metrics`;
}

type LabelPair = readonly [name: string, value: string];

function labelsOf(model: FleetModel): LabelPair[] {
  return [
    ['model_name', model.name],
    ['model_version', model.version],
    ['environment', model.environment],
    ['region', model.region],
  ];
}

function modelServer(run: ModelRun): string {
  const labels = labelsOf(run.model);
  const page = new Page();
  page.family('ml_prediction_duration_seconds', 'histogram', 'Time to generate a prediction');
  page.histogram(labels, LATENCY_BOUNDS, run.latency, run.predictions);
  page.family('ml_predictions_total', 'counter', 'Total predictions served');
  page.sample('', [...labels, ['status', 'success']], run.predictions - run.errors);
  page.sample('', [...labels, ['status', 'error']], run.errors);
  page.family('ml_prediction_errors_total', 'counter', 'Total prediction errors');
  for (const [index, type] of ERROR_TYPES.entries())
    page.sample('', [...labels, ['error_type', type]], run.errorsByType[index] ?? 0);
  page.family('ml_prediction_score', 'histogram', 'Distribution of prediction scores');
  page.histogram(labels, SCORE_BOUNDS, run.scores, run.predictions);
  page.family(
    'ml_metric_anomaly_zscore',
    'gauge',
    'Z-score of the latest observation against those before it (0 if normal)',
  );
  page.sample('', [...labels, ['metric_name', 'latency']], abnormal(run.latencyZ.value, LATENCY_Z_THRESHOLD));
  page.sample('', [...labels, ['metric_name', 'prediction_score']], abnormal(run.scoreZ.value, SCORE_Z_THRESHOLD));
  return page.text();
}

function abnormal(z: number, threshold: number): number {
  return z > threshold ? z : 0;
}
