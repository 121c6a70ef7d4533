import { UserError } from '../../errors.ts';
import { type Matcher, matcher } from '../../labels/matcher.ts';
import type { SilenceDraft } from '../../routing/silence.ts';
import { type Fields, fieldOf, fieldsOf, flagOf, instantOf, textOf, unreadable } from './json-fields.ts';
import { invalid, refusal, required } from './refusal.ts';

/** What `POST /api/v2/silences` asks for: a new silence, or a change of the one that is named. */
export interface SilenceRequest {
  readonly id: string | undefined;
  readonly draft: SilenceDraft;
}

const REQUIRED = ['comment', 'createdBy', 'endsAt', 'matchers', 'startsAt'] as const;
const LONGEST_AUTHOR = 256;

/**
 * Reads the body. Whether the silence makes sense is for `checkSilence` to say.
 * @throws Refusal in the words of Alertmanager's validation
 */
export function readSilence(body: unknown): SilenceRequest {
  if (body === undefined) throw required('silence');
  const fields = fieldsOf(body, 'silence');
  const id = textOf(fields, 'id', 'silence');
  const comment = textOf(fields, 'comment', 'silence');
  const createdBy = textOf(fields, 'createdBy', 'silence');
  const endsAt = instantOf(fields, 'endsAt', 'silence');
  const startsAt = instantOf(fields, 'startsAt', 'silence');
  const matchers = fieldOf(fields, 'matchers');
  if (matchers !== undefined && !Array.isArray(matchers)) {
    throw unreadable('silence', 'json: cannot unmarshal matchers: an array is expected');
  }
  const read = (matchers ?? []).map((value: unknown) => fieldsOf(value, 'silence')) as Fields[];
  const missing = REQUIRED.find((name) => fieldOf(fields, name) === undefined);
  if (missing) throw required(missing);
  if (read.length === 0) throw invalid(612, 'matchers in body should have at least 1 items');
  if (createdBy !== undefined && createdBy.length > LONGEST_AUTHOR) {
    throw refusal(400, `silence invalid: createdBy longer than ${LONGEST_AUTHOR} characters`);
  }
  return {
    id: id === '' ? undefined : id,
    draft: {
      matcherSets: [read.map(matcherOf)],
      startsAt: startsAt ?? 0,
      endsAt: endsAt ?? 0,
      createdBy: createdBy ?? '',
      comment: comment ?? '',
    },
  };
}

function matcherOf(fields: Fields, index: number): Matcher {
  const isEqual = flagOf(fields, 'isEqual', 'silence') ?? true;
  const isRegex = flagOf(fields, 'isRegex', 'silence');
  const name = textOf(fields, 'name', 'silence');
  const value = textOf(fields, 'value', 'silence');
  if (isRegex === undefined) throw required(`matchers.${index}.isRegex`);
  if (name === undefined) throw required(`matchers.${index}.name`);
  if (value === undefined) throw required(`matchers.${index}.value`);
  if (name === '') throw refusal(400, `silence invalid: invalid label matcher ${index}: invalid label name ""`);
  const operator = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=';
  try {
    return matcher(name, operator, value, 'alertmanager');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw refusal(400, `silence invalid: invalid label matcher ${index}: ${error.message}`);
  }
}
