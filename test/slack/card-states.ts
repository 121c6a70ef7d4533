import type { Evidence } from '../../src/alert/alert.ts';
import type { CardState } from '../../src/incident/card.ts';
import type { CardLook } from '../../src/slack/view/card.ts';

/** 03:02:00 in Kolkata on a November night. */
export const OPENED_AT = Date.parse('2026-11-19T21:32:00Z');
export const MINUTE = 60_000;
export const NOW = OPENED_AT + 6 * MINUTE;

const NAMES: Readonly<Record<string, string>> = { U01ALICE: 'Asha', U02BOB: 'Bilal', U03CHITRA: 'Chitra' };

export const look: CardLook = {
  timezone: 'Asia/Kolkata',
  nameOf: (id) => NAMES[id],
  profile: 'classic',
  now: NOW,
  command: '/alert',
};

export const latency: Evidence = {
  value: 0.412,
  firstValue: 0.24,
  peak: 0.53,
  limit: { operator: '>', value: 0.2 },
  unit: 'seconds',
  trend: [0.11, 0.12, 0.11, 0.14, 0.12, 0.11, 0.16, 0.19, 0.31, 0.42, 0.53, 0.44, 0.42, 0.47, 0.412],
  trendAt: NOW,
  trendSpanMs: 60 * MINUTE,
};

/** The user's own latency rule, as it fires at night. */
export const firing: CardState = {
  cardId: 'card_01',
  incidentId: 'inc_7f3a9c21',
  phase: { kind: 'firing' },
  priority: 'P1',
  alertName: 'ModelLatencyP99High',
  summary: 'Model fraud-detector P99 latency above 200ms',
  description:
    'P99 latency is 412ms for model\nfraud-detector (version v2.3.2).\nThis exceeds the 200ms SLO. Check for input size increase,\nresource contention, or model complexity regression.',
  model: 'fraud-detector',
  version: 'v2.3.2',
  environment: 'production',
  region: 'ap-south-1',
  team: 'ml-platform',
  evidence: latency,
  openedAt: OPENED_AT,
  openMembers: 1,
  totalMembers: 1,
  members: [{ fingerprint: 'a1', label: '', state: 'firing', evidence: latency }],
  ladder: [
    { who: ['U01ALICE'], at: OPENED_AT + 2 * MINUTE, state: 'told' },
    { who: ['U02BOB'], at: OPENED_AT + 7 * MINUTE, state: 'next' },
    { who: ['ML lead'], at: OPENED_AT + 17 * MINUTE, state: 'later' },
  ],
  runbookUrl: 'https://wiki.internal/runbooks/model-latency-high',
  runbook: 'model-latency-high',
  dashboardUrl: 'https://grafana.internal/d/fraud-model-v2?from=1795150000000',
  notes: [],
  lockScreen: 'P1 fraud-detector production: p99 latency 412 ms > 200 ms for 6 min. Asha is first; Bilal at 03:09 IST',
  pagedTogether: [],
};

export const acknowledged: CardState = {
  ...firing,
  phase: { kind: 'acknowledged', by: 'U01ALICE', at: OPENED_AT + 4 * MINUTE },
  acknowledgement: { by: 'U01ALICE', at: OPENED_AT + 4 * MINUTE },
  evidence: { ...latency, value: 0.388 },
  ladder: firing.ladder.map((step) => (step.state === 'told' ? { ...step, state: 'acknowledged' } : step)),
  ladderStopped: 'acknowledged',
};

export const noData: CardState = {
  ...firing,
  phase: { kind: 'no_data', since: OPENED_AT + 5 * MINUTE },
  members: [{ fingerprint: 'a1', label: '', state: 'no_data', evidence: latency }],
  evidence: { ...latency, trend: [...latency.trend.slice(2), null, null] },
};

export const resolved: CardState = {
  ...acknowledged,
  phase: { kind: 'resolved', at: OPENED_AT + 24 * MINUTE },
  evidence: { ...latency, value: 0.121, trend: [...latency.trend.slice(8), 0.31, 0.22, 0.17, 0.121] },
  openMembers: 0,
  members: [{ fingerprint: 'a1', label: '', state: 'resolved', evidence: { ...latency, value: 0.121 } }],
};

export const closedByHand: CardState = {
  ...firing,
  phase: { kind: 'closed_by_hand', by: 'U01ALICE', at: OPENED_AT + 9 * MINUTE, conditionHolds: true },
};

export const senderSilent: CardState = {
  ...resolved,
  phase: { kind: 'sender_silent', at: OPENED_AT + 30 * MINUTE },
};

function nullRate(value: number): Evidence {
  return {
    value,
    firstValue: 0.07,
    peak: Math.max(value, 0.124),
    limit: { operator: '>', value: 0.05 },
    unit: 'ratio',
    trend: [0.01, 0.012, 0.011, null, 0.02, 0.07, value],
    trendAt: NOW,
    trendSpanMs: 60 * MINUTE,
  };
}

/** A P2 group of seven features. */
export const group: CardState = {
  ...firing,
  incidentId: 'inc_22b0',
  priority: 'P2',
  alertName: 'FeatureNullRateHigh',
  summary: 'Feature amount null rate anomaly',
  description:
    'Null rate for feature amount is 12%, which is >3x the 7-day average. This may indicate an upstream data pipeline failure. Check the feature store ingestion pipeline.',
  model: '',
  version: '',
  region: '',
  team: 'data-engineering',
  evidence: nullRate(0.124),
  openMembers: 6,
  totalMembers: 7,
  members: [
    { fingerprint: 'f0', label: 'feature_name=amount', state: 'firing', evidence: nullRate(0.124) },
    { fingerprint: 'f1', label: 'feature_name=merchant_id', state: 'firing', evidence: nullRate(0.11) },
    { fingerprint: 'f2', label: 'feature_name=device', state: 'firing', evidence: nullRate(0.09) },
    { fingerprint: 'f3', label: 'feature_name=country', state: 'no_data', evidence: nullRate(0.08) },
    { fingerprint: 'f4', label: 'feature_name=hour', state: 'muted', evidence: nullRate(0.07) },
    { fingerprint: 'f5', label: 'feature_name=mcc', state: 'firing', evidence: nullRate(0.06) },
    { fingerprint: 'f6', label: 'feature_name=age', state: 'resolved', evidence: nullRate(0.01) },
  ],
  ladder: [],
  runbook: '',
  dashboardUrl: '',
  lockScreen: '',
};
