import { UserError } from '../errors.ts';
import type { Labels } from '../labels/labels.ts';
import type { Matcher } from '../labels/matcher.ts';
import { parseExpr } from '../promql/parser.ts';
import type { Head } from '../tsdb/head.ts';
import { compareLabels } from '../tsdb/postings.ts';
import type { ListAnswer, SeriesFilter } from './port.ts';

/** What there is in the store: series, label names, label values. Only looked up, no sample is read. */
export class Catalogue {
  readonly #head: Head;

  constructor(head: Head) {
    this.#head = head;
  }

  /** @throws UserError for a selector that cannot be read */
  series(filter: SeriesFilter): ListAnswer<Readonly<Record<string, string>>> {
    const found = new Map<string, Labels>();
    for (const matchers of selectorsOf(filter)) {
      for (const labels of this.#head.labelSets(matchers, filter.from, filter.to)) found.set(labels.key, labels);
    }
    return { status: 'success', data: [...found.values()].sort(compareLabels).map((labels) => labels.toJSON()) };
  }

  /** @throws UserError for a selector that cannot be read */
  labelNames(filter: SeriesFilter): ListAnswer<string> {
    return this.#union(filter, (matchers) => this.#head.labelNames(matchers, filter.from, filter.to));
  }

  /** @throws UserError for a selector that cannot be read */
  labelValues(name: string, filter: SeriesFilter): ListAnswer<string> {
    return this.#union(filter, (matchers) => this.#head.labelValues(name, matchers, filter.from, filter.to));
  }

  #union(filter: SeriesFilter, read: (matchers: readonly Matcher[]) => string[]): ListAnswer<string> {
    return { status: 'success', data: [...new Set(selectorsOf(filter).flatMap(read))].sort() };
  }
}

function selectorsOf(filter: SeriesFilter): (readonly Matcher[])[] {
  if (filter.selectors.length === 0) return [[]];
  return filter.selectors.map((text) => {
    const expr = parseExpr(text);
    if (expr.kind === 'selector' && expr.offsetMs === 0 && expr.at === undefined) return expr.matchers;
    throw new UserError('invalid_selector', `${JSON.stringify(text)} is not a series selector`);
  });
}
