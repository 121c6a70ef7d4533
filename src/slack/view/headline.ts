import type { CardState } from '../../incident/card.ts';
import { clean } from './mrkdwn.ts';
import { beyond, measure } from './words.ts';

/** What is wrong, in few words: without the model (the header names it) and without the limit (the measure says it). */
export interface Headline {
  readonly subject: string;
  /** `412 ms > 200 ms`, or ''. */
  readonly measure: string;
  /** Subject and measure as one phrase. */
  readonly text: string;
}

const LIMIT_PHRASE =
  /[\s,:;(-]*\b(?:is |are |was |has been )?(?:above|below|over|under|exceed(?:s|ed|ing)?|exceeds|higher than|lower than|greater than|less than|more than|>=?|<=?|≥|≤)\s*(?:the\s+)?(?:threshold\s+)?(?:of\s+)?[\d.,]+\s*(?:%|[a-zµ]{1,4})?(?:\s+(?:slo|limit|threshold|target))?[).!]*$/iu;
const LONGEST_SUBJECT = 90;

/**
 * From the rule's `metric` annotation, else its summary, else its name. "Model fraud-detector P99 latency above 200ms" with the
 * model `fraud-detector` and the limit 200 ms becomes "p99 latency" and "412 ms > 200 ms".
 */
export function headline(state: CardState, number: 'with_limit' | 'alone' = 'with_limit'): Headline {
  // A person's words are said as they are.
  if (state.page) return { subject: clean(state.summary), measure: '', text: clean(state.summary) };
  const { evidence } = state;
  const summary = clean(state.summary);
  // Where the condition is that a number has one value (`up == 0`) the number says nothing that the words do not.
  const telling = evidence?.limit?.operator === '==' && summary !== '' ? undefined : evidence;
  const measured =
    telling === undefined ? '' : number === 'alone' ? measure(telling.value, telling.unit) : beyond(telling);
  const metric = clean(telling?.metric ?? '');
  if (metric !== '') return phrase(lowerFirst(metric), measured, ' ');
  if (summary === '') return phrase(clean(state.alertName), measured, ', ');
  const tidy = withoutModel(summary, clean(state.model));
  const noun = telling === undefined ? tidy : tidy.replace(LIMIT_PHRASE, '').trim();
  // Where a limit was taken off, what is left is a noun and the number follows it; a full statement gets a comma.
  const separator = noun !== tidy ? ' ' : ', ';
  const subject = noun.replace(/[.!,;:\s-]+$/u, '');
  return phrase(subject === '' ? clean(state.alertName) : lowerFirst(subject), measured, separator);
}

function phrase(subject: string, measured: string, separator: string): Headline {
  const short = subject.length > LONGEST_SUBJECT ? `${subject.slice(0, LONGEST_SUBJECT - 1).trimEnd()}…` : subject;
  return { subject: short, measure: measured, text: measured === '' ? short : `${short}${separator}${measured}` };
}

function withoutModel(summary: string, model: string): string {
  if (model === '') return summary;
  const name = model.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const mention = new RegExp(
    `(?:\\b(?:on|for|in|of|at|by)\\s+)?(?:\\b(?:the\\s+)?(?:ml\\s+)?model\\s+)?["'‘“(]?(?<![\\w-])${name}(?![\\w-])["'’”)]?(?:'s\\b|’s\\b)?:?`,
    'giu',
  );
  const rest = summary
    .replace(mention, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[\s:,–-]+|\s+(?=[,.;:])/gu, '')
    .trim();
  return rest === '' ? summary : rest;
}

/** `P99 latency` → `p99 latency`, `Feature amount` → `feature amount`; `PSI score` and `GPU memory` stay. */
function lowerFirst(text: string): string {
  const quantile = text.replace(/\bP(?=\d{2,3}\b)/g, 'p');
  const [first = ''] = quantile.split(/[\s:,]/u);
  const ordinary = /^\p{Lu}\p{Ll}+(?:-\p{Ll}+)*$/u.test(first);
  return ordinary ? quantile.charAt(0).toLowerCase() + quantile.slice(1) : quantile;
}

/**
 * What of the description helps beside the numbers that the card already shows: its sentences without figures and without the
 * model's name. Without evidence all of it.
 */
export function advice(state: CardState): string {
  if (state.page) return '';
  const text = clean(state.description);
  if (text === '' || text === clean(state.summary)) return '';
  if (state.evidence === undefined) return text;
  const sentences = text.split(/(?<=[.!?])\s+(?=[\p{Lu}\d"'(])/u);
  const model = clean(state.model).toLowerCase();
  return sentences
    .filter((sentence) => !/\d/.test(sentence) && (model === '' || !sentence.toLowerCase().includes(model)))
    .join(' ');
}
