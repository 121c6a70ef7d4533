import type { DigestReport } from './digest.ts';
import type { IncidentOutcome } from './verdict.ts';

const DAYS = 7;

/**
 * A line per model, those that had most incidents first, the quiet ones after them: what its week was like, day by day.
 * @param known models that exist whether anything fired or not
 */
export function modelRows(
  known: readonly string[],
  outcomes: readonly IncidentOutcome[],
  week: { readonly from: number; readonly to: number },
): DigestReport['models'] {
  const byModel = new Map<string, IncidentOutcome[]>(known.map((model) => [model, []]));
  for (const outcome of outcomes) {
    if (outcome.model === '') continue;
    const own = byModel.get(outcome.model);
    if (own) own.push(outcome);
    else byModel.set(outcome.model, [outcome]);
  }
  const dayMs = (week.to - week.from) / DAYS;
  return [...byModel]
    .toSorted(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
    .map(([model, own]) => {
      const trend = Array.from({ length: DAYS }, () => 0);
      for (const { openedAt } of own) {
        const day = Math.min(DAYS - 1, Math.floor((openedAt - week.from) / dayMs));
        trend[day] = (trend[day] ?? 0) + 1;
      }
      return { model, measure: measureOf(own), trend };
    });
}

function measureOf(own: readonly IncidentOutcome[]): string {
  if (own.length === 0) return 'quiet';
  const real = own.filter(({ verdict }) => verdict === 'true_positive').length;
  const wrong = own.filter(({ verdict }) => verdict === 'false_positive').length;
  const parts = [`${own.length}×`];
  if (real > 0) parts.push(`${real}✓`);
  if (wrong > 0) parts.push(`${wrong}✗`);
  return parts.join(' ');
}
