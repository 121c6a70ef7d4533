import { describe, expect, it } from 'vitest';
import { subcommands } from '../../src/slack/commands/index.ts';
import { renderCard } from '../../src/slack/view/card.ts';
import { INCIDENT_NOTE, renderHelp } from '../../src/slack/view/help.ts';
import { characters, MOST_BLOCKS, MOST_CHARACTERS } from '../../src/slack/view/limits.ts';
import { renderList } from '../../src/slack/view/list.ts';
import { renderPage } from '../../src/slack/view/page.ts';
import {
  acknowledged,
  closedByHand,
  firing,
  group,
  latency,
  look,
  MINUTE,
  NOW,
  noData,
  OPENED_AT,
  resolved,
  senderSilent,
} from './card-states.ts';

function golden(name: string): string {
  return `../golden/slack/${name}.json`;
}

const json = (message: unknown): string => `${JSON.stringify(message, undefined, 1)}\n`;
const page = { ...look, recipient: 'U01ALICE', canHandOver: true, card: { channel: 'C01ML', ts: '1795124040.000100' } };

describe('what a person reads', () => {
  it.each([
    ['firing', firing, look],
    ['acknowledged', acknowledged, look],
    ['no-data', noData, look],
    ['resolved', resolved, { ...look, now: OPENED_AT + 24 * MINUTE }],
    ['closed-by-hand', closedByHand, look],
    ['sender-silent', senderSilent, look],
    ['group', group, look],
    ['firing-modern', firing, { ...look, profile: 'modern' as const }],
  ])('the %s card', async (name, state, how) => {
    await expect(json(renderCard(state, how))).toMatchFileSnapshot(golden(name));
  });

  it('the page to the first on the ladder, and what it becomes', async () => {
    await expect(json(renderPage(firing, page))).toMatchFileSnapshot(golden('page'));
    await expect(json(renderPage(acknowledged, page))).toMatchFileSnapshot(golden('page-acknowledged'));
    await expect(json(renderPage(resolved, page))).toMatchFileSnapshot(golden('page-resolved'));
  });

  it('the list of open incidents', async () => {
    const incident = {
      id: 'inc_7f3a9c21',
      state: 'triggered',
      priority: 'P1',
      alertName: 'ModelLatencyP99High',
      model: 'fraud-detector',
      environment: 'production',
      measure: '412 ms > 200 ms',
      openedAt: OPENED_AT,
      openMembers: 3,
      ref: { channel: 'C01ML', ts: '1795124040.000100' },
    } as const;
    const other = {
      ...incident,
      id: 'inc_22b0',
      state: 'acknowledged',
      priority: 'P2',
      acknowledgedBy: 'U02BOB',
    } as const;
    await expect(json(renderList([incident, other], NOW, '/alert'))).toMatchFileSnapshot(golden('list'));
  });

  it('the help', async () => {
    const alert = subcommands.filter(({ family }) => family === 'alert');
    await expect(json(renderHelp('/alert', alert, INCIDENT_NOTE))).toMatchFileSnapshot(golden('help'));
  });
});

describe('a card', () => {
  const textOf = (state: typeof firing): string => JSON.stringify(renderCard(state, look).blocks);

  it('says in its first words which phase it is in, and is green only when recovery was seen', () => {
    const headers = [firing, acknowledged, noData, senderSilent, closedByHand, resolved].map((state) => {
      const [first] = renderCard(state, look).blocks;
      return first?.type === 'header' ? first.text.text.split(' · ')[0] : '';
    });
    expect(headers).toEqual([
      '🔴 P1',
      '🟠 Acknowledged',
      '🟡 No data',
      '⚪ Sender silent',
      '🟤 Closed by hand',
      '🟢 Resolved',
    ]);
  });

  it('drops Acknowledge once somebody has, and asks for the verdict when it is over', () => {
    const ids = (state: typeof firing): unknown[] =>
      renderCard(state, look).blocks.flatMap((block) =>
        block.type === 'actions' ? block.elements.map((element) => element.action_id) : [],
      );
    expect(ids(firing)).toEqual(['acknowledge', 'resolve', 'silence', 'false_positive', 'runbook', 'dashboard']);
    expect(ids(acknowledged)).toEqual(['resolve', 'silence', 'false_positive', 'runbook', 'dashboard']);
    expect(ids(resolved)).toEqual(['true_positive', 'false_positive', 'not_actionable']);
    expect(ids({ ...noData, phase: { kind: 'no_data', since: NOW, acknowledgedBy: 'U02BOB' } })).not.toContain(
      'acknowledge',
    );
    expect(ids({ ...firing, verdict: { verdict: 'false_positive', by: 'U01ALICE' } })).toContain('undo_verdict');
  });

  it('never writes a number without its limit, nor the same number on both sides', () => {
    expect(textOf(firing)).toContain('412 ms > 200 ms');
    expect(textOf(resolved)).toContain('now 121 ms (limit 200 ms)');
    const near = { ...firing, evidence: { ...latency, value: 0.2000001 } };
    expect(textOf(near)).toContain('just > 200 ms');
  });

  it('lists at most five members and counts the rest', () => {
    const text = textOf(group);
    expect(text.match(/`(?:amount|merchant_id|device|country|hour|mcc|age)`/g)).toHaveLength(5);
    expect(text).toContain('and 2 more');
  });

  it('fits into Slack whatever it is given', () => {
    const long = 'x'.repeat(5000);
    const members = Array.from({ length: 100 }, (_, i) => ({
      fingerprint: String(i),
      label: `${long}${i}`,
      state: 'firing' as const,
      evidence: latency,
    }));
    const ladder = Array.from({ length: 50 }, () => ({
      who: Array.from({ length: 50 }, () => long),
      at: NOW,
      state: 'later' as const,
    }));
    const monster = {
      ...firing,
      alertName: long,
      summary: long,
      description: long,
      model: long,
      version: long,
      environment: long,
      region: long,
      team: long,
      members,
      totalMembers: 100,
      openMembers: 100,
      ladder,
      notes: Array.from({ length: 50 }, () => long),
      lockScreen: long,
      dashboardUrl: `https://x.test/${long}`,
    };
    for (const message of [renderCard(monster, look), renderPage(monster, page)]) {
      expect(message.blocks.length).toBeLessThanOrEqual(MOST_BLOCKS);
      expect(characters(message.blocks)).toBeLessThanOrEqual(MOST_CHARACTERS);
      expect(message.text.length).toBeLessThanOrEqual(3000);
      for (const block of message.blocks) {
        if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(150);
        if (block.type === 'section') expect(block.text.text.length).toBeLessThanOrEqual(3000);
      }
      expect(JSON.stringify(message.blocks)).toContain('acknowledge');
    }
  });

  it('uses no chart block where the profile is classic', () => {
    expect(textOf(firing)).not.toContain('data_visualization');
    expect(JSON.stringify(renderCard(firing, { ...look, profile: 'modern' }))).toContain('data_visualization');
  });
});
