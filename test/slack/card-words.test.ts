import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/alert/alert.ts';
import type { IncidentSummary } from '../../src/incident/actions.ts';
import type { CardState, PagedIncident } from '../../src/incident/card.ts';
import { renderCard } from '../../src/slack/view/card.ts';
import { headerText } from '../../src/slack/view/card-header.ts';
import { renderLine } from '../../src/slack/view/line.ts';
import { renderList } from '../../src/slack/view/list.ts';
import { pagedLine } from '../../src/slack/view/page.ts';
import { acknowledged, firing, latency, look, MINUTE, NOW, OPENED_AT, resolved } from './card-states.ts';

const down: Evidence = {
  value: 0,
  firstValue: 0,
  peak: 0,
  limit: { operator: '==', value: 0 },
  metric: 'replicas up',
  trend: [1, 1, 1, 0, 0],
  trendAt: OPENED_AT,
  trendSpanMs: 60 * MINUTE,
};
const serverDown: CardState = { ...firing, summary: 'fraud-detector: no server answers', evidence: down };

/** Everything that can be read on it, header first. */
function read(state: CardState, now = look.now): string {
  const { blocks } = renderCard(state, { ...look, now });
  return blocks
    .flatMap((block) => {
      if (block.type === 'header' || block.type === 'section') return [block.text.text];
      return block.type === 'context' ? block.elements.map((element) => element.text) : [];
    })
    .join('\n');
}

describe('the words of a card', () => {
  it('tell an instant, so that a card which nothing has edited for hours is not wrong about its age', () => {
    expect(read(firing, OPENED_AT + 1000)).toBe(read(firing, OPENED_AT + 5 * 60 * MINUTE));
    expect(read(firing)).toContain(`since <!date^${OPENED_AT / 1000}^`);
  });

  it('say each thing once: the first fire is the peak as long as nothing was worse', () => {
    const first = { ...latency, peak: 0.412, firstValue: 0.412 };
    expect(read({ ...firing, evidence: first })).toContain('first fire and peak 412 ms');
    expect(read(firing)).toContain('peak 530 ms, at first fire 240 ms');
  });

  it('leave out numbers that can only have one value', () => {
    expect(headerText(serverDown)).toBe('🔴 P1 · fraud-detector: no server answers');
    expect(read(serverDown)).not.toMatch(/peak|= 0|0 =/);
    // The replicas that were up are the higher part of the line.
    expect(read(serverDown)).toContain('`███▁▁`');
    expect(headerText({ ...serverDown, summary: '' })).toContain('replicas up 0');
    expect(read({ ...serverDown, phase: { kind: 'resolved', at: OPENED_AT + MINUTE } })).not.toContain('now 0');
  });

  it('name the environment where it is not production', () => {
    expect(headerText(firing)).not.toContain('prod');
    expect(headerText({ ...firing, environment: 'staging' })).toContain('fraud-detector staging: ');
    const line = { kind: 'reopened', reason: 'condition_still_true' } as const;
    expect(renderLine(line, { ...firing, environment: 'staging' }, look).text).toContain('*fraud-detector staging ');
  });

  it('fit an acknowledged header on two lines of a phone, and keep the number beside its limit', () => {
    const header = headerText(acknowledged);
    expect(header).toBe('🟠 Acknowledged · P1 fraud-detector: p99 latency 388 ms');
    expect(header.length).toBeLessThan(60);
    expect(read(acknowledged)).toContain('limit 200 ms');
  });

  it('say that nobody took what ended by itself after several had been told', () => {
    const { acknowledgement: _, ...untaken } = resolved;
    const ladder = firing.ladder.map((step) => ({ ...step, state: 'told' as const }));
    expect(read({ ...untaken, ladder })).toContain('Told <@U01ALICE> in 2 min · nobody acknowledged');
    expect(read(resolved)).not.toContain('nobody');
  });

  it('name the slice of a single alert in people’s words', () => {
    const single = (label: string): CardState => ({ ...firing, members: firing.members.map((m) => ({ ...m, label })) });
    expect(read(single('feature_name=amount'))).toContain('ap-south-1 · feature `amount`');
    expect(read(single('error_type=time, out, shard=7'))).toContain('error type `time, out` · shard `7`');
    expect(read(single(''))).toMatch(/ap-south-1$/m);
  });

  it('of a long list name the way to a shorter one', () => {
    const incident: IncidentSummary & PagedIncident = {
      ...{ id: 'inc_1', incidentId: 'inc_1', state: 'triggered', priority: 'P1', alertName: 'A', model: 'm' },
      ...{ environment: 'staging', measure: '1 > 0', openedAt: OPENED_AT, openMembers: 1 },
    };
    const list = (length: number): string =>
      JSON.stringify(
        renderList(
          Array.from({ length }, () => incident),
          NOW,
          '/alert',
        ),
      );
    expect(list(12)).not.toContain('/alert list MODEL');
    expect(list(13)).toContain('and 1 more');
    expect(list(13)).toContain('/alert list MODEL');
    // Of several incidents in one page too, staging must not pass for production.
    expect(pagedLine(incident)).toContain('m staging');
  });

  it('do not let a value that is just within its limit read as if it were beyond', () => {
    const within = { ...resolved, evidence: { ...latency, value: 0.1999 } };
    expect(read(within)).toContain('now just below 200 ms (the limit)');
    expect(read(resolved)).toContain('now 121 ms (limit 200 ms)');
  });
});
