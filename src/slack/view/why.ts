import type { Explanation, HealthLine } from '../ports.ts';
import { context, type SlackMessage, section } from './block.ts';
import { fit } from './limits.ts';
import { bold, code, esc, join, mrkdwn } from './mrkdwn.ts';

const MOST_STEPS = 15;
const FIRST_STEPS = 10;

/** `/alert why`: the steps from the measurement to the message. */
export function renderWhy(explanation: Explanation, command: string): SlackMessage {
  const numbered = explanation.steps.map((step, index) => mrkdwn`${index + 1}. ${esc(step, 180)}`);
  // Where it began and where it came to; a dozen receivers are in between.
  const isLong = numbered.length > MOST_STEPS;
  const steps = isLong
    ? [...numbered.slice(0, FIRST_STEPS), mrkdwn`…`, ...numbered.slice(FIRST_STEPS - MOST_STEPS)]
    : numbered;
  return fit({
    text: esc(explanation.title, 200),
    blocks: [
      section(join([bold(esc(explanation.title, 200)), ...steps], '\n')),
      context(mrkdwn`something else? ${code(`${command} help`)}`),
    ],
  });
}

/** `/alert health`: what the bot depends on, the broken things first. */
export function renderHealth(lines: readonly HealthLine[]): SlackMessage {
  const broken = lines.filter((line) => !line.ok).length;
  const title = broken === 0 ? mrkdwn`🟢 *Everything works*` : mrkdwn`🔴 *${broken} of ${lines.length} need attention*`;
  const rows = lines
    .toSorted((a, b) => Number(a.ok) - Number(b.ok))
    .slice(0, 30)
    .map((line) => join([mrkdwn`${esc(line.ok ? '✅' : '❌')} *${esc(line.name, 80)}*`, esc(line.detail, 200)], '  '));
  return fit({
    text: esc(broken === 0 ? 'Everything works' : `${broken} of ${lines.length} need attention`),
    blocks: [section(join([title, ...rows], '\n'))],
  });
}
