import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CardState } from '../../src/incident/card.ts';
import { renderCard } from '../../src/slack/view/card.ts';
import { minimal, textOnly } from '../../src/slack/view/limits.ts';
import { renderLine } from '../../src/slack/view/line.ts';
import { clip, esc, link, type Mrkdwn, plain, safeUrl, truncate } from '../../src/slack/view/mrkdwn.ts';
import { renderPage } from '../../src/slack/view/page.ts';
import { runbookModal } from '../../src/slack/view/runbook.ts';
import { renderSilenced } from '../../src/slack/view/silence.ts';
import { renderSilencePreview } from '../../src/slack/view/silence-form.ts';
import { firing, group, latency, look, NOW } from './card-states.ts';

const hostile = fc.oneof(
  fc.constantFrom(
    '<!channel>',
    '<!here|x>',
    '<@U01ALICE>',
    '<#C01ML|general>',
    '<!subteam^S1|@all>',
    '<https://evil.test|Runbook>',
    '&lt;!channel&gt;',
    '```\n<!channel>\n```',
    '`<!here>`',
    '*bold* _it_ ~no~',
    '> quote',
    'a\u202eb\u0000c\u2066d',
    '<\u200b!channel>',
    '<\u0000!channel>',
    '<!date^1^{date}|<!channel>>',
    '|<!channel>',
    '%3C!channel%3E',
  ),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom('<', '!', '@', '#', '|', '>', '&', '`', '*', 'channel', 'U1', '\n', '\u200b', '^'),
    maxLength: 30,
  }),
);

/** Every token that Slack would act on, in everything that it would read. */
function tokens(message: unknown): string[] {
  const texts: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value === 'string') texts.push(value);
    else if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
  };
  walk(message);
  return texts.flatMap((text) => text.match(/<[!@#][^>]*>?/g) ?? []);
}

const OURS = /^<(?:@U0[0-9A-Z]+>|!date\^\d+\^(?:\{time\}|\{date_short_pretty\} \{time\}|at \{time\})\|[^<>|]*>)$/;

describe('untrusted values', () => {
  it('mention nobody, anywhere on a card or page, in blocks or in text', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 12, maxLength: 12 }), (values) => {
        const at = (index: number): string => values[index] ?? '';
        const state: CardState = {
          ...group,
          alertName: at(0),
          summary: at(1),
          description: at(2),
          model: at(3),
          version: at(4),
          environment: at(5),
          region: at(6),
          team: at(7),
          evidence: { ...latency, unit: at(8), metric: at(9) },
          members: group.members.map((member) => ({ ...member, label: at(10) })),
          ladder: [{ who: [at(11)], at: NOW, state: 'told' }],
          notes: values,
          lockScreen: at(0),
          acknowledgement: { by: at(3), at: NOW },
          silence: { id: at(1), by: at(2), endsAt: NOW },
          verdict: { verdict: 'false_positive', by: at(4) },
          runbookUrl: at(5),
          dashboardUrl: at(6),
          runbook: '',
          pagedTogether: [
            {
              incidentId: 'i',
              priority: 'P1',
              alertName: at(0),
              model: at(1),
              environment: at(2),
              measure: at(3),
              state: 'triggered',
            },
          ],
        };
        const page = { ...look, recipient: at(11), canHandOver: true };
        for (const phase of [
          state.phase,
          { kind: 'acknowledged', by: at(2), at: NOW },
          { kind: 'no_data', since: NOW },
          { kind: 'closed_by_hand', by: at(2), at: NOW, conditionHolds: false },
          { kind: 'resolved', at: NOW },
        ] as const) {
          const card = renderCard({ ...state, phase }, look);
          const all = [card, minimal(card), textOnly(card), renderPage({ ...state, phase }, page)];
          expect(tokens(all).filter((token) => !OURS.test(token) && !hostileUser(token, values))).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('mention nobody in thread lines, silences and runbooks', () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        const subject = { incidentId: 'inc_1', model: a, environment: b, alertName: b };
        const lines = [
          renderLine({ kind: 'repeat', openMembers: 2, firingForMs: 1, measure: a }, subject, look),
          renderLine({ kind: 'member_joined', alertName: a, labels: [b, a], count: 9, measure: b }, subject, look),
          renderLine({ kind: 'level_skipped', level: 1, targets: [a, b] }, subject, look),
          renderLine({ kind: 'muted', mute: { kind: 'silenced', by: a } }, subject, look),
        ];
        const silence = {
          id: 'sil_1',
          matchers: [{ name: a, operator: '=' as const, value: b }],
          startsAt: 0,
          endsAt: NOW,
          author: '',
          comment: b,
          hides: 1,
        };
        const lastWeek = { notifications: 0, incidents: 0, acknowledged: 0, truePositives: 0 };
        const hidden = { alerts: 1, muted: 0, groups: [{ label: a, alerts: 2 }], models: [a, b], lastWeek };
        const silenced = renderSilenced(silence, hidden, 'Asha', {
          now: 0,
          timezone: 'UTC',
        });
        const runbook = runbookModal({
          title: a,
          markdown: `# ${a}\n- ${b}\n\`\`\`\n${a}\n\`\`\`\n| ${b} |\n> ${a}`,
          url: b,
        });
        const form = { kind: 'hides', preview: hidden, end: { kind: 'at' }, endsAt: NOW } as const;
        const asked = renderSilencePreview(form, { now: NOW, timezone: 'UTC' });
        expect(tokens([lines, silenced, asked, runbook]).filter((token) => !OURS.test(token))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('open no link but those that we make', () => {
    expect(esc('<https://evil.test|Runbook>')).toBe('&lt;https://evil.test|Runbook&gt;');
    expect(link('javascript:alert(1)', 'x')).toBe('x');
    expect(link('https://a.test/?q=a|b>c<', 'a|b>')).toBe('<https://a.test/?q=a%7Cb%3Ec%3C|a¦b&gt;>');
    expect(safeUrl('https://user:secret@a.test/')).toBeUndefined();
    expect(safeUrl(`https://a.test/${'x'.repeat(3000)}`)).toBeUndefined();
  });

  it('open no bold, code or quote', () => {
    expect(esc('*a* _b_ ~c~ `d`')).not.toMatch(/[*~`]|\b_|_\b/);
    expect(esc('feature_name is 3 * x')).toBe('feature_name is 3 * x');
    expect(esc('> quoted')).toBe('› quoted');
  });

  it('are not decoded twice', () => {
    expect(esc('&lt;!channel&gt;')).toBe('&amp;lt;!channel&amp;gt;');
  });

  it('are cut between characters that a person sees', () => {
    expect(truncate('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 30)).toBe('👩‍👩‍👧‍👦👩‍👩‍👧‍👦…');
    expect(plain('नमस्ते दुनिया', 4)).toMatch(/…$/);
    expect(truncate('abc', 3)).toBe('abc');
  });

  it('survive clipping with tokens and entities whole', () => {
    const text = esc('<'.repeat(50)) as string;
    const clipped = clip(text as Mrkdwn, 31);
    expect(clipped.replace(/\n…$/, '').replaceAll('&lt;', '')).toBe('');
  });
});

/** A label whose whole value looks like a Slack user id is what the house uses for people: it may become a mention of one. */
function hostileUser(token: string, values: readonly string[]): boolean {
  return values.some((value) => `<@${value}>` === token);
}

describe('firing', () => {
  it('carries no raw label dump and no empty field', () => {
    const text = JSON.stringify(renderCard({ ...firing, region: '', version: '' }, look));
    expect(text).not.toMatch(/model_name|undefined|NaN| · {2}· |\*\*/);
  });
});
