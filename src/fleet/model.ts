/** A feature that a model reads, with the share of nulls that is normal for it. */
interface Feature {
  readonly name: string;
  readonly nullRate: number;
}

/** One simulated model as it is deployed: the staging candidate of a model is a model of its own here. */
export interface FleetModel {
  /** How the fault switches and the metrics path call it. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly environment: 'production' | 'staging';
  readonly region: 'ap-south-1' | 'us-east-1';
  /** Predictions per second at the daily peak. */
  readonly peakRate: number;
  /** Median of the log-normal latency, in seconds, and its spread in log units. */
  readonly latencyMedian: number;
  readonly latencySpread: number;
  readonly errorRatio: number;
  /** Scores are logistic-normal: this mean and spread in logits. */
  readonly scoreMean: number;
  readonly scoreSpread: number;
  /** The first one is the feature that the `nulls` fault starves. */
  readonly features: readonly Feature[];
}

/**
 * A payments and delivery company's fleet. Rates are chosen so that errors of any one production model alone exceed a fleet-wide
 * burn rate of 14.4 on 99.9 %, and the latencies so that p99 reads 70 to 130 ms on the histogram's buckets.
 */
export const FLEET_MODELS: readonly FleetModel[] = [
  {
    id: 'fraud-detector',
    name: 'fraud-detector',
    version: 'v2.3.1',
    environment: 'production',
    region: 'ap-south-1',
    peakRate: 45,
    latencyMedian: 0.0365,
    latencySpread: 0.45,
    errorRatio: 0.0003,
    scoreMean: -1.3,
    scoreSpread: 1.1,
    features: [
      { name: 'merchant_category', nullRate: 0.006 },
      { name: 'amount', nullRate: 0.001 },
      { name: 'user_age_days', nullRate: 0.012 },
    ],
  },
  {
    id: 'eta-model',
    name: 'eta-model',
    version: 'v5.0.2',
    environment: 'production',
    region: 'ap-south-1',
    peakRate: 36,
    latencyMedian: 0.021,
    latencySpread: 0.44,
    errorRatio: 0.0004,
    scoreMean: 0.2,
    scoreSpread: 0.9,
    features: [
      { name: 'traffic_speed', nullRate: 0.01 },
      { name: 'rider_distance', nullRate: 0.002 },
    ],
  },
  {
    id: 'rec-home',
    name: 'rec-home',
    version: 'v1.14.0',
    environment: 'production',
    region: 'us-east-1',
    peakRate: 40,
    latencyMedian: 0.0355,
    latencySpread: 0.46,
    errorRatio: 0.0002,
    scoreMean: -0.4,
    scoreSpread: 1.2,
    features: [
      { name: 'last_viewed_items', nullRate: 0.015 },
      { name: 'session_length', nullRate: 0.003 },
    ],
  },
  {
    id: 'search-rank',
    name: 'search-rank',
    version: 'v3.7.4',
    environment: 'production',
    region: 'us-east-1',
    peakRate: 48,
    latencyMedian: 0.0185,
    latencySpread: 0.45,
    errorRatio: 0.0003,
    scoreMean: 0.5,
    scoreSpread: 1,
    features: [
      { name: 'query_embedding', nullRate: 0.002 },
      { name: 'click_history', nullRate: 0.014 },
    ],
  },
  {
    id: 'credit-scoring',
    name: 'credit-scoring',
    version: 'v4.2.0',
    environment: 'production',
    region: 'ap-south-1',
    peakRate: 26,
    latencyMedian: 0.037,
    latencySpread: 0.44,
    errorRatio: 0.0005,
    scoreMean: 0.1,
    scoreSpread: 1,
    features: [
      { name: 'bureau_score', nullRate: 0.008 },
      { name: 'monthly_income', nullRate: 0.011 },
    ],
  },
  {
    id: 'fraud-detector-staging',
    name: 'fraud-detector',
    version: 'v2.4.0-rc.1',
    environment: 'staging',
    region: 'ap-south-1',
    peakRate: 8,
    latencyMedian: 0.034,
    latencySpread: 0.45,
    errorRatio: 0.0004,
    scoreMean: -1.3,
    scoreSpread: 1.1,
    features: [
      { name: 'merchant_category', nullRate: 0.006 },
      { name: 'amount', nullRate: 0.001 },
      { name: 'user_age_days', nullRate: 0.012 },
    ],
  },
];
