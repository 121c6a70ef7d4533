import { type Alert, alertIdentity, type Evidence } from '../../src/alert/alert.ts';
import { Labels } from '../../src/labels/labels.ts';
import { latency } from '../slack/card-states.ts';
import type { World } from './world.ts';

interface More {
  readonly annotations?: Readonly<Record<string, string>>;
  /** It is over, as of now. */
  readonly resolved?: boolean;
  readonly evidence?: Evidence;
}

/** An alert that a sender posts now. */
export function alertNow(world: World, labels: Readonly<Record<string, string>>, more: More = {}): Alert {
  const { annotations = {}, resolved = false, evidence } = more;
  const set = Labels.of(labels);
  const now = world.clock.now();
  return {
    fingerprint: alertIdentity(set),
    labels: set,
    annotations: Labels.of(annotations),
    startsAt: now,
    updatedAt: now,
    condition: resolved ? { kind: 'resolved', at: now } : { kind: 'firing' },
    generatorUrl: '',
    source: { kind: 'api' },
    ...(evidence && { evidence }),
  };
}

/** Hands the bot an alert as if it had been posted. */
export function tell(world: World, labels: Readonly<Record<string, string>>, more: More = {}): void {
  world.app.dispatcher.ingest([alertNow(world, labels, more)], world.clock.now());
}

/** The same for a model in production that is slow, with the latency that was measured: within the limit when it is over. */
export function tellSlow(world: World, model: string, severity: string, more: Omit<More, 'evidence'> = {}): void {
  const labels = { alertname: 'ModelLatencyP99High', model_name: model, environment: 'production', severity };
  const evidence = { ...latency, value: more.resolved ? 0.12 : 0.412, trendAt: world.clock.now() };
  tell(world, labels, { ...more, evidence });
}
