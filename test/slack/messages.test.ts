import { describe, expect, it } from 'vitest';
import type { DigestReport } from '../../src/feedback/digest.ts';
import type { CardLine } from '../../src/incident/card.ts';
import { renderDigest } from '../../src/slack/view/digest.ts';
import { renderHome } from '../../src/slack/view/home.ts';
import { characters, MOST_CHARACTERS } from '../../src/slack/view/limits.ts';
import { renderLine } from '../../src/slack/view/line.ts';
import { renderMe, renderWho } from '../../src/slack/view/oncall.ts';
import { markdownLines, renderRunbook, runbookModal } from '../../src/slack/view/runbook.ts';
import { renderSilenced } from '../../src/slack/view/silence.ts';
import { renderWhy } from '../../src/slack/view/why.ts';
import { firing, look, MINUTE, NOW } from './card-states.ts';

const said = (line: CardLine): string => renderLine(line, firing, look).text;

describe('a line in the thread', () => {
  it.each<[CardLine, string]>([
    [
      { kind: 'repeat', openMembers: 1, firingForMs: 30 * MINUTE, measure: '412 ms > 200 ms' },
      '*fraud-detector ModelLatencyP99High* still fires after 30 min, nobody has acknowledged · 412 ms &gt; 200 ms',
    ],
    [
      {
        kind: 'member_joined',
        alertName: 'FeatureNullRateHigh',
        labels: ['feature_name=mcc', 'feature_name=hour'],
        count: 5,
        measure: '',
      },
      'Also firing: `feature_name=mcc`, `feature_name=hour` and 3 more',
    ],
    [{ kind: 'acknowledged', by: 'U01ALICE', via: 'pagerduty' }, 'Acknowledged by <@U01ALICE> in PagerDuty'],
    [{ kind: 'escalated', level: 2, pass: 3, who: ['U02BOB', 'ML lead'] }, 'Level 2, pass 3: told <@U02BOB>, ML lead'],
    [
      { kind: 'resolved', how: 'closed_by_hand', by: 'U01ALICE', conditionHolds: true },
      '🟤 Closed by <@U01ALICE>, condition still true',
    ],
    [{ kind: 'resolved', how: 'members_ended', conditionHolds: false }, '🟢 Resolved: the condition was seen to end'],
    [{ kind: 'verdict', verdict: 'not_actionable', by: 'U01ALICE' }, 'Not actionable, says <@U01ALICE>'],
  ])('%j', (line, expected) => {
    expect(said(line)).toBe(expected);
  });

  it('calls the whole channel only when the ladder has ended without an answer', () => {
    expect(said({ kind: 'ladder_exhausted', passes: 3 })).toContain('<!channel>');
    expect(said({ kind: 'escalated', level: 1, pass: 1, who: [] })).not.toContain('<!');
  });

  it('asks "still on it?" with a button and a time', () => {
    const { text, blocks } = renderLine({ kind: 'still_on_it', answerBy: NOW }, firing, look);
    expect(text).toContain('03:08 IST');
    expect(JSON.stringify(blocks)).toContain('"action_id":"still_on_it"');
  });
});

describe('a runbook', () => {
  it('reads in Slack as it reads on paper', () => {
    const lines = markdownLines(
      '# First look\n- **Check** `p99` by [region](https://a.test/x)\n- [ ] page *data*\n1. roll back\n> quote\n```\nkubectl <pod>\n```',
    );
    expect(lines).toEqual([
      '*First look*',
      '• *Check* `p99` by <https://a.test/x|region>',
      '☐ page _data_',
      '1. roll back',
      '_quote_',
      '```\nkubectl &lt;pod&gt;\n```',
    ]);
  });

  it('is not broken where its author’s editor broke the line', () => {
    const paper =
      '\n\n# Title\n\n\nA sentence that\ngoes on.\n- an item\n  that too\n1. a step\n\nNew paragraph\n```\na\nb\n```\nafter\n\n';
    expect(markdownLines(paper)).toEqual([
      '*Title*',
      '',
      'A sentence that goes on.',
      '• an item that too',
      '1. a step',
      '',
      'New paragraph',
      '```\na\nb\n```',
      'after',
    ]);
  });

  it('of any length fits, and says that there is more', () => {
    const markdown = Array.from({ length: 3000 }, (_, i) => `- step ${i} with some words to fill the line`).join('\n');
    const message = renderRunbook({ title: 'Long', markdown, url: 'https://wiki.test/long' });
    expect(characters(message.blocks)).toBeLessThanOrEqual(MOST_CHARACTERS);
    expect(JSON.stringify(message.blocks)).toContain('The rest is too long for Slack');
    const modal = runbookModal({ title: 'Long', markdown: `\`\`\`\n${markdown}\n\`\`\``, url: '' });
    expect(modal.blocks.length).toBeLessThanOrEqual(100);
    for (const block of modal.blocks) {
      if (block.type === 'section') {
        expect(block.text.text.length).toBeLessThanOrEqual(3000);
        expect((block.text.text.split('```').length - 1) % 2).toBe(0);
      }
    }
  });

  it('that is empty says so', () => {
    expect(JSON.stringify(runbookModal({ title: '', markdown: '', url: '' }).blocks)).toContain('empty');
  });
});

describe('other words', () => {
  it('a silence until another day does not read on the lock screen as if it ended tonight', () => {
    const lastWeek = { notifications: 0, incidents: 0, acknowledged: 0, truePositives: 0 };
    const words = (endsAt: number): string =>
      renderSilenced(
        {
          id: 's',
          matchers: [{ name: 'alertname', operator: '=', value: 'Slow' }],
          startsAt: Date.UTC(2026, 10, 16, 10),
          endsAt,
          author: 'Asha',
          comment: '',
          hides: 1,
        },
        { alerts: 1, muted: 0, groups: [], models: [], lastWeek },
        'Asha',
        { now: Date.UTC(2026, 10, 16, 10), timezone: 'UTC' },
      ).text;
    expect(words(Date.UTC(2026, 10, 16, 12))).toMatch(/until 12:00 UTC$/);
    expect(words(Date.UTC(2026, 10, 23, 12))).toMatch(/until Mon 23 Nov, 12:00 UTC$/);
  });

  it('the digest names the costly rules and the ones that never were right', () => {
    const report: DigestReport = {
      period: 'week 47',
      from: 0,
      to: 0,
      notifications: 38,
      tagged: 31,
      precision: 0.86,
      precisionRange: { low: 0.71, high: 0.94 },
      incidents: 26,
      missed: 1,
      alertsPerIncident: 1.2,
      acknowledgeMedianMs: 3 * MINUTE,
      pages: 20,
      nightPages: 9,
      before: { nightPages: 14, acknowledgeMedianMs: 5 * MINUTE },
      costly: [
        {
          alertName: 'PredictionDistributionDrift',
          truePositives: 3,
          falsePositives: 8,
          notActionable: 0,
          note: '4 at night',
        },
      ],
      stale: [{ kind: 'no_true_positive', rule: 'FeatureNullRateHigh', incidents: 6, confident: true }],
      models: [{ model: 'fraud-detector', measure: 'acc .941', trend: [1, 2, 3] }],
      notes: ['tags cover 82 %'],
      acknowledged: 24,
      rules: [
        {
          alertName: 'PredictionDistributionDrift',
          incidents: 14,
          truePositives: 3,
          tagged: 11,
          precisionRange: { low: 0.097, high: 0.566 },
        },
        { alertName: 'TrafficDrop', incidents: 1, truePositives: 0, tagged: 0 },
      ],
    };
    const { text, blocks } = renderDigest(report);
    expect(text).toBe('Alert hygiene, week 47, precision 86 %, 9 night pages');
    const all = JSON.stringify(blocks);
    expect(all).toContain('*precision 86 % (71–94)* against 80 %');
    expect(all).toContain('24 of 26 acknowledged, in 3 min (median, was 5 min) · 9 night pages (was 14)');
    expect(all).toContain('3 true, 8 false · 4 at night');
    expect(all).toContain('fired 6×, never right · retire it');
    expect(all).toContain('PredictionDistributionDrift · fired 14× · right 3 of 11 (10–57 %)');
    expect(all).toContain('TrafficDrop · fired 1× · no verdict yet');
  });

  it('nobody on call is said loudly', () => {
    const gap = { schedule: 'primary', timezone: 'UTC', current: [], until: undefined, next: ['U02BOB'], note: '' };
    const { text, blocks } = renderWho([gap], 0, look);
    expect(text).toBe('Nobody is on call for primary');
    expect(JSON.stringify(blocks)).toContain('⚠ *nobody is on call*');
  });

  it('one’s own shifts begin with the one that runs', () => {
    const { text } = renderMe([{ schedule: 'primary', start: NOW - 1, end: NOW + MINUTE }], NOW, look);
    expect(text).toBe('You are on call now');
  });

  it('the home tab is calm when nothing is open', () => {
    const commands = { alert: '/alert', oncall: '/oncall' };
    const home = renderHome({ incidents: [], schedules: [], silences: 0, now: NOW, commands });
    expect(JSON.stringify(home.blocks[0])).toContain('🟢 All quiet');
  });
});

describe('a long way from the sample to the message', () => {
  it('shows where it began and where it came to', () => {
    const steps = Array.from({ length: 40 }, (_, index) => `step ${index + 1} ${'x'.repeat(300)}`);
    const text = JSON.stringify(renderWhy({ title: 'Why X', steps }, '/alert').blocks);
    expect(text).toContain('1. step 1 ');
    expect(text).toContain('40. step 40 ');
    expect(text).not.toContain('20. step 20 ');
  });
});
