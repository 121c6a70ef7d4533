import { UserError } from '../../errors.ts';
import { type Matcher, pattern } from '../../labels/matcher.ts';
import { parseMatchers } from '../../routing/matcher-text.ts';
import { refusal } from './refusal.ts';

/** What `GET /api/v2/alerts` and `/alerts/groups` are asked for. */
export interface AlertFilter {
  readonly active: boolean;
  readonly silenced: boolean;
  readonly inhibited: boolean;
  readonly unprocessed: boolean;
  /** Groups muted by their route's hours. */
  readonly muted: boolean;
  readonly matchers: readonly Matcher[];
  readonly receiver: (name: string) => boolean;
}

const MOST_FILTERS = 100;

/** @throws Refusal for a matcher or pattern that cannot be read */
export function readAlertFilter(search: URLSearchParams): AlertFilter {
  const receiver = search.get('receiver');
  return {
    active: flag(search, 'active'),
    silenced: flag(search, 'silenced'),
    inhibited: flag(search, 'inhibited'),
    unprocessed: flag(search, 'unprocessed'),
    muted: flag(search, 'muted'),
    matchers: readMatchers(search),
    receiver: receiver === null ? () => true : receiverTest(receiver),
  };
}

/** Every `filter` parameter, each one or more matchers; all must hold. @throws Refusal */
export function readMatchers(search: URLSearchParams): Matcher[] {
  const filters = search.getAll('filter');
  if (filters.length > MOST_FILTERS) throw refusal(400, `more than ${MOST_FILTERS} filters`);
  return filters.flatMap((text) => {
    try {
      const matchers = parseMatchers(text);
      if (matchers.length === 0) throw new UserError('invalid_matcher', `bad matcher format: ${text}`);
      return matchers;
    } catch (error) {
      if (error instanceof UserError) throw refusal(400, error.message);
      throw error;
    }
  });
}

/** True unless it is said to be false: go-openapi reads every word it does not know as false. */
function flag(search: URLSearchParams, name: string): boolean {
  const text = search.get(name);
  return text === null || text === '' || /^(?:true|1|yes|ok|y|on|selected|checked|t|enabled)$/i.test(text);
}

function receiverTest(text: string): (name: string) => boolean {
  try {
    return pattern(text, 'alertmanager');
  } catch (error) {
    if (error instanceof UserError) throw refusal(400, `failed to parse receiver param: ${error.message}`);
    throw error;
  }
}
