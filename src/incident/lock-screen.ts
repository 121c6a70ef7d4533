import { humanDuration } from '../time/duration.ts';
import { clockTime } from '../time/wall-clock.ts';
import type { CardState, LadderStep } from './card.ts';
import { formatMeasure } from './measure.ts';

/** Who reads it and how names and times are said to them. */
export interface Reader {
  /** As in `LadderStep.who`, where the reader is one person. */
  readonly you?: string;
  /** IANA zone of the reader, or of the first person told. */
  readonly zone: string;
  /** The name to read for what stands in `LadderStep.who`. */
  readonly name: (who: string) => string;
  readonly now: number;
}

const LONGEST_NAME = 80;

/**
 * What a lock screen shows: priority, model, what is wrong and by how much, for how long, who has it and who is next, when.
 * Plain text on one line.
 */
export function lockScreen(state: Omit<CardState, 'lockScreen'>, reader: Reader): string {
  const where = [state.model, short(state.environment)].filter(Boolean).join(' ');
  const subject = where === '' ? brief(state.alertName) : where;
  const head = state.page
    ? `${state.priority} page from ${brief(reader.name(state.page.by))}`
    : `${state.priority} ${brief(subject)}`;
  const what = state.page ? brief(state.page.message) : formatMeasure(state.evidence) || brief(state.alertName);
  const { phase } = state;
  switch (phase.kind) {
    case 'firing':
      return `${head}: ${sentence(`${what}${lasting(reader.now - state.openedAt)}`)}${ladderWords(state, reader)}`;
    case 'acknowledged':
      return `${head}: acknowledged by ${reader.name(phase.by)}`;
    case 'no_data':
      return `${head}: no data for ${humanDuration(reader.now - phase.since)}, was ${what}.${ladderWords(state, reader)}`;
    case 'resolved':
      return `Resolved: ${brief(subject)} ${state.evidence?.metric ?? brief(state.alertName)}, ${humanDuration(phase.at - state.openedAt)}`;
    case 'sender_silent':
      return `${head}: the sender went silent after ${humanDuration(phase.at - state.openedAt)}`;
    case 'closed_by_hand':
      return `${head}: closed by ${reader.name(phase.by)}${phase.conditionHolds ? ', condition still true' : ''}`;
  }
}

/** With the full stop that a person's own words may have already. */
function sentence(text: string): string {
  return /[.!?…]$/u.test(text) ? text : `${text}.`;
}

/** " for 6 min"; nothing about what has only just begun. */
function lasting(ms: number): string {
  return ms < 60_000 ? '' : ` for ${humanDuration(ms)}`;
}

function ladderWords(state: Omit<CardState, 'lockScreen'>, reader: Reader): string {
  if (state.ladderManner === 'notice') return '';
  const told = state.ladder.findLast((step) => step.state === 'told');
  const next = state.ladder.find((step) => step.state === 'next');
  const words = [told && toldWords(state.ladder, told, reader), next && nextWords(next, reader)].filter(Boolean);
  return words.length > 0 ? ` ${words.join('; ')}` : '';
}

function toldWords(ladder: readonly LadderStep[], told: LadderStep, reader: Reader): string {
  const first = ladder.find((step) => step.state === 'told') === told;
  if (reader.you !== undefined && told.who.includes(reader.you)) {
    if (first) return "You're first";
    const before = ladder.filter((step) => step.state === 'told' && step !== told).at(-1);
    return before ? `You're next: no answer from ${names(before.who, reader)}` : "You're next";
  }
  return first ? `${names(told.who, reader)} is first` : `${names(told.who, reader)} was told`;
}

function nextWords(step: LadderStep, reader: Reader): string {
  return `${names(step.who, reader)} at ${clockTime(step.at, reader.zone)}`;
}

function names(who: readonly string[], reader: Reader): string {
  return who.map((one) => brief(reader.name(one))).join(', ');
}

function short(environment: string): string {
  return environment === 'production' ? 'prod' : environment;
}

/** One line, bounded: a label value may be anything. */
function brief(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > LONGEST_NAME ? `${line.slice(0, LONGEST_NAME - 1).toWellFormed()}…` : line;
}
