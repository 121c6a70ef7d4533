import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/alert/alert.ts';
import type { CardState } from '../../src/incident/card.ts';
import { advice, headline } from '../../src/slack/view/headline.ts';
import { firing, latency } from './card-states.ts';

const psi: Evidence = { ...latency, value: 0.31, limit: { operator: '>', value: 0.2 }, unit: '' };

function said(state: Partial<CardState>): string {
  return headline({ ...firing, ...state }).text;
}

describe('the headline', () => {
  it.each([
    [
      'takes model and limit out of the summary',
      { summary: 'Model fraud-detector P99 latency above 200ms' },
      'p99 latency 412 ms > 200 ms',
    ],
    [
      'works without the word "Model"',
      { summary: 'fraud-detector: P99 latency above 200 ms' },
      'p99 latency 412 ms > 200 ms',
    ],
    [
      'keeps a statement and adds the number',
      { summary: 'Prediction drift detected for eta-model', model: 'eta-model', evidence: psi },
      'prediction drift detected, 0.31 > 0.2',
    ],
    [
      'keeps what names no model',
      {
        summary: 'Error budget burn rate critical for model predictions',
        model: '',
        evidence: { ...psi, value: 22, limit: { operator: '>', value: 14.4 } },
      },
      'error budget burn rate critical for model predictions, 22 > 14.4',
    ],
    [
      'prefers the metric annotation',
      { evidence: { ...latency, metric: 'p99 latency' } },
      'p99 latency 412 ms > 200 ms',
    ],
    ['falls back on the alert name', { summary: '' }, 'ModelLatencyP99High, 412 ms > 200 ms'],
    [
      'does not cut a model name out of a longer word',
      { summary: 'fraud-detector-v2 is slow', model: 'fraud-detector' },
      'fraud-detector-v2 is slow, 412 ms > 200 ms',
    ],
    [
      'leaves acronyms alone',
      { summary: 'PSI score above 0.2 for eta', model: 'eta', evidence: psi },
      'PSI score 0.31 > 0.2',
    ],
    [
      'reads accuracy the other way round',
      {
        summary: 'Accuracy below 0.8',
        evidence: { ...psi, value: 0.71, limit: { operator: '<', value: 0.8 }, unit: 'ratio' },
      },
      'accuracy 71 % < 80 %',
    ],
  ] as const)('%s', (_, state, expected) => {
    expect(said(state as Partial<CardState>)).toBe(expected);
  });

  it('stays short and well-formed for a summary that is only the model', () => {
    expect(said({ summary: 'Model fraud-detector' })).toContain('412 ms > 200 ms');
    expect(said({ summary: 'x'.repeat(4000) }).length).toBeLessThan(130);
  });
});

describe('the advice', () => {
  it('keeps what helps and drops the numbers that the card already shows', () => {
    expect(advice(firing)).toBe('Check for input size increase, resource contention, or model complexity regression.');
  });

  it('keeps everything where the card has no numbers of its own', () => {
    const { evidence: _, ...rest } = firing;
    expect(advice(rest)).toContain('P99 latency is 412ms');
  });
});
