import type { Figures } from './campaign.ts';
import { FOR_MS } from './stage.ts';

/** A scrape, an evaluation, group_wait and the post; everything beyond is the fault of the kill. */
const TO_CARD_MS = 1500;

/** The figures in words, and every promise that did not hold. */
export function report(figures: Figures): { readonly lines: readonly string[]; readonly broken: readonly string[] } {
  const { ledgers, recoveryMs, halfForMs } = figures;
  const slowest = Math.max(...recoveryMs);
  const lines = [
    `${figures.kills} kills: ${[...figures.killsByMoment].map(([moment, count]) => `${moment} ${count}`).join(', ')}`,
    `${sum(figures.killsByFailPoint)} of them at fail points: ${[...figures.killsByFailPoint].map(([point, count]) => `${point} ${count}`).join(', ')}`,
    `${figures.failPointsMissed.length} fail points were not passed in time: ${figures.failPointsMissed.join(', ')}`,
    `${figures.episodes} episodes, ${figures.acknowledgements} acknowledgements confirmed, ${figures.calls} calls to Slack`,
    `slack: ${figures.lost.length} lost, ${figures.duplicates} duplicates, ${figures.duplicatesLeftOpen} of them left open`,
    ...figures.accounts.map(
      ({ kind, owed, sent, lost, quarantined, duplicates }) =>
        `${kind}: ${owed} owed, ${sent} sent, ${lost.length} lost, ${quarantined} quarantined, ${duplicates} duplicates`,
    ),
    `recovery to ready: p50 ${quantile(recoveryMs, 0.5)} ms, p99 ${quantile(recoveryMs, 0.99)} ms, max ${Math.round(slowest)} ms`,
    `illness to card: p50 ${quantile(figures.toCardMs, 0.5)} ms, p99 ${quantile(figures.toCardMs, 0.99)} ms`,
    `recovery to green: p50 ${quantile(figures.toGreenMs, 0.5)} ms, p99 ${quantile(figures.toGreenMs, 0.99)} ms`,
    `for: ${FOR_MS} ms, killed in the middle, card after ${halfForMs.join(', ')} ms`,
    `outbox ${ledgers.outboxLeft} left, ${ledgers.outboxDead.length} dead; audit ${ledgers.audit.rows} rows; exit ${figures.exit} after ${Math.round(figures.drainMs)} ms`,
    ...histogram('refused', figures.refused),
    ...histogram('errors logged', figures.errors),
  ];
  const others = figures.accounts.flatMap(({ lost, broken }) => [...lost, ...broken]);
  return { lines, broken: [...figures.lost, ...others, ...brokenPromises(figures, slowest)] };
}

function brokenPromises(figures: Figures, slowestMs: number): string[] {
  const { ledgers } = figures;
  const broken: string[] = [];
  const promise = (holds: boolean, words: string): void => {
    if (!holds) broken.push(words);
  };
  promise(figures.duplicates <= figures.kills, `${figures.duplicates} duplicates from ${figures.kills} kills`);
  promise(figures.duplicatesLeftOpen === 0, `${figures.duplicatesLeftOpen} cards were left open`);
  promise(figures.refused.length === 0, `${figures.refused.length} calls were refused`);
  for (const ms of figures.halfForMs) {
    promise(ms >= FOR_MS, `an alert fired ${FOR_MS - ms} ms before its "for" was over`);
    promise(ms < FOR_MS + TO_CARD_MS + slowestMs, `"for" began anew after a kill: ${ms} ms`);
  }
  promise(ledgers.outboxLeft === 0, `${ledgers.outboxLeft} rows left in the outbox`);
  for (const { kind, destination, reason } of ledgers.outboxDead) {
    promise(reason.startsWith('quarantined'), `given up: ${destination}: ${reason}`);
    promise(
      figures.toldOfLoss(destination),
      `nobody was told that ${kind} to ${destination} was not reached: ${reason}`,
    );
  }
  promise(ledgers.openIncidents === 0, `${ledgers.openIncidents} incidents left open`);
  promise(ledgers.audit.ok, 'the audit trail does not verify');
  promise(ledgers.audit.rows >= figures.acknowledgements, 'an acknowledgement has no audit row');
  promise(
    ledgers.integrity.every((verdict) => verdict === 'ok'),
    `SQLite: ${ledgers.integrity.join('; ')}`,
  );
  promise(figures.exit === 0, `SIGTERM ended with ${figures.exit}`);
  promise(figures.drainMs <= 10_000, `SIGTERM took ${Math.round(figures.drainMs)} ms`);
  return broken;
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, count) => all + count, 0);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN);
}

function histogram(title: string, texts: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const kind = text.replace(/"time":\d+,?/, '').slice(0, 300);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].slice(0, 12).map(([text, count]) => `${title}: ${count} × ${text}`);
}
