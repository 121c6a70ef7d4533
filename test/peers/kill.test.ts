import { beforeAll, describe, expect, it } from 'vitest';
import { type Figures, runCampaign } from '../campaign/campaign.ts';
import { report } from '../campaign/report.ts';

const KILLS = 20;
const SEED = 20_260_119;

describe('twenty kill -9 of the real program under load, every other one at a fail point', { timeout: 240_000 }, () => {
  let figures: Figures;

  beforeAll(async () => {
    figures = await runCampaign({ kills: KILLS, seed: SEED, say: () => undefined });
    console.log(report(figures).lines.join('\n'));
  }, 230_000);

  it('loses no alert, no resolve and no acknowledgement that a person was told of', () => {
    expect(figures.lost).toEqual([]);
    expect(figures.episodes).toBeGreaterThan(KILLS / 2);
    const ended = [...figures.killsByFailPoint.values()].reduce((sum, count) => sum + count, 0);
    expect(ended, 'lives that ended at their fail point').toBeGreaterThanOrEqual(KILLS / 4);
  });

  it('finds its own message after a crash instead of posting a second card', () => {
    // A request that takes effect after its sender died may be met by the successor's: one duplicate, no more.
    expect(figures.duplicates).toBeLessThanOrEqual(figures.killsByMoment.get('post_late') ?? 0);
    expect(figures.duplicatesLeftOpen).toBe(0);
  });

  it('every other notifier brings everything over, once more at most where a crash explains it; one PagerDuty incident and one issue per episode', () => {
    for (const { kind, owed, sent, lost, broken } of figures.accounts) {
      expect({ kind, lost, broken }).toEqual({ kind, lost: [], broken: [] });
      expect(owed, kind).toBeGreaterThan(0);
      expect(sent, kind).toBeGreaterThan(0);
    }
  });

  it('keeps every other promise: `for` goes on, the outbox drains, the audit trail verifies, SIGTERM ends cleanly', () => {
    expect(report(figures).broken).toEqual([]);
    expect(figures.errors).toEqual([]);
  });
});
