import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../src/labels/labels.ts';
import { type MatchOperator, matcher, matchesAll } from '../../src/labels/matcher.ts';
import { Db } from '../../src/sqlite/db.ts';
import { migrate } from '../../src/sqlite/migrate.ts';
import { metricsMigrations } from '../../src/sqlite/migrations/index.ts';
import { SqliteSamplesStore } from '../../src/sqlite/samples-store.ts';
import { Compactor } from '../../src/tsdb/compactor.ts';
import { Head } from '../../src/tsdb/head.ts';
import { isStaleAt } from '../../src/tsdb/staleness.ts';

const HOUR = 3_600_000;
const START = 1_800_000_000_000 - (1_800_000_000_000 % (2 * HOUR));

function open(): { db: Db; store: SqliteSamplesStore } {
  const db = new Db(':memory:');
  migrate(db, metricsMigrations);
  return { db, store: new SqliteSamplesStore(db) };
}

const series = (name: string, labels: Record<string, string> = {}): Labels => Labels.of({ __name__: name, ...labels });
const named = (name: string) => [matcher('__name__', '=', name, 'prometheus')];

function read(head: Head, name: string, from = -Number.MAX_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER) {
  return head.select(named(name), from, to).map((s) => ({
    labels: s.labels.without('__name__').toString(),
    points: [...s.times].map((t, i) => [t, isStaleAt(s.values, i) ? 'stale' : s.values[i]]),
  }));
}

describe('the head', () => {
  it('shows a sample as soon as it is appended', () => {
    const head = new Head();
    expect(head.append(series('up', { job: 'a' }), 1000, 1)).toBe('appended');
    expect(read(head, 'up')).toEqual([{ labels: '{job="a"}', points: [[1000, 1]] }]);
  });

  it('reports what it does not take', () => {
    const head = new Head({ seriesLimit: 2, clock: { now: () => START } });
    const up = series('up');
    expect(head.append(up, START, 1)).toBe('appended');
    expect(head.append(up, START - 1, 1)).toBe('out_of_order');
    expect(head.append(up, START, 2)).toBe('duplicate_timestamp');
    expect(head.append(up, START, 1)).toBe('appended');
    expect(head.append(up, START + HOUR, 1)).toBe('too_far_ahead');
    expect(head.append(up, Number.NaN, 1)).toBe('too_far_ahead');
    expect(head.append(series('b'), START, 1)).toBe('appended');
    expect(head.append(series('c'), START, 1)).toBe('series_limit');
    expect(read(head, 'up')).toEqual([{ labels: '{}', points: [[START, 1]] }]);
  });

  it('refuses absurd instants even without a clock', () => {
    expect(new Head().append(series('up'), 9e15, 1)).toBe('too_far_ahead');
  });

  it('marks an end that nothing else can be mistaken for', () => {
    const head = new Head();
    head.append(series('a'), 1, 5);
    head.append(series('a'), 2, Number.NaN);
    head.appendStale(series('a'), 3);
    expect(read(head, 'a')).toEqual([
      {
        labels: '{}',
        points: [
          [1, 5],
          [2, Number.NaN],
          [3, 'stale'],
        ],
      },
    ]);
  });

  it('creates no series for a marker alone', () => {
    const head = new Head();
    expect(head.appendStale(series('gone'), 3)).toBe('appended');
    expect(head.seriesCount).toBe(0);
  });

  it('keeps a view that was handed out as it was', () => {
    const head = new Head();
    head.append(series('a'), 1, 1);
    const [before] = head.select(named('a'), 0, 10);
    for (let t = 2; t < 600; t++) head.append(series('a'), t, t);
    expect([...(before?.values ?? [])]).toEqual([1]);
  });

  it('finds exactly the series that all matchers accept, in label order', () => {
    const pool = ['', 'a', 'b', 'ab'];
    const labelSets = pool.flatMap((x) => pool.map((y) => series('m', { x, y })));
    const head = new Head();
    for (const labels of labelSets) head.append(labels, 1, 1);
    const anyMatcher = fc.tuple(
      fc.constantFrom('x', 'y', '__name__', 'absent'),
      fc.constantFrom<MatchOperator>('=', '!=', '=~', '!~'),
      fc.constantFrom('', 'a', 'b', 'a.*', '.*', '.+', 'a|b', 'm', '|a'),
    );
    fc.assert(
      fc.property(fc.array(anyMatcher, { maxLength: 3 }), (specs) => {
        const matchers = specs.map(([name, operator, value]) => matcher(name, operator, value, 'prometheus'));
        const expected = labelSets.filter((labels) => matchesAll(matchers, labels)).map(String);
        const found = head.select(matchers, 0, 10).map((s) => s.labels.toString());
        expect([...found].sort()).toEqual([...expected].sort());
      }),
    );
    const order = head.select(named('m'), 0, 10).map((s) => s.labels.without('__name__').toString());
    expect(order.slice(0, 3)).toEqual(['{}', '{x="a"}', '{x="a", y="a"}']);
  });

  it('keeps series apart whose labels only look alike when run together', () => {
    const head = new Head();
    head.append(series('m', { a: 'x\u{fe}b\u{ff}y' }), 1, 1);
    head.append(series('m', { a: 'x', b: 'y' }), 1, 2);
    head.append(series('m', { a: 'x1:b1:y' }), 1, 3);
    expect(head.seriesCount).toBe(3);
  });

  it('tells names and values of labels within a time', () => {
    const head = new Head();
    head.append(series('old', { a: '1' }), 10, 1);
    head.append(series('new', { b: '2' }), 1000, 1);
    expect(head.labelNames([], 0, 100)).toEqual(['__name__', 'a']);
    expect(head.labelValues('__name__', [], 0, 2000)).toEqual(['new', 'old']);
    expect(head.labelValues('b', named('new'), 0, 2000)).toEqual(['2']);
  });
});

describe('durability', () => {
  it('brings back every committed sample after a kill, and no uncommitted one', () => {
    const { store } = open();
    const head = new Head({ store });
    for (let i = 0; i < 50; i++) {
      for (const job of ['a', 'b', 'c']) head.append(series('up', { job }), START + i * 15_000, i / 10);
      if (i === 20) head.appendStale(series('up', { job: 'c' }), START + i * 15_000 + 1);
      head.commit();
    }
    const committed = read(head, 'up');
    head.append(series('up', { job: 'a' }), START + HOUR, 99);
    head.append(series('late'), START + HOUR, 99);
    const again = new Head({ store });
    expect(read(again, 'up')).toEqual(committed);
    expect(read(again, 'late')).toEqual([]);
    expect(again.append(series('up', { job: 'a' }), START + 2, 1)).toBe('out_of_order');
  });

  it('keeps a batch of mixed times', () => {
    const { store } = open();
    const head = new Head({ store });
    head.append(series('a'), START, 1);
    head.append(series('b'), START + 7, Number.POSITIVE_INFINITY);
    head.append(series('a'), START + 9, -0);
    head.commit();
    const again = new Head({ store });
    expect(read(again, 'a')).toEqual([
      {
        labels: '{}',
        points: [
          [START, 1],
          [START + 9, -0],
        ],
      },
    ]);
    expect(read(again, 'b')).toEqual([{ labels: '{}', points: [[START + 7, Number.POSITIVE_INFINITY]] }]);
  });

  it('saves a series again when the transaction around its first commit was rolled back', () => {
    const { db, store } = open();
    const head = new Head({ store });
    expect(() =>
      db.tx(() => {
        head.append(series('a'), START, 1);
        head.commit();
        throw new Error('the rule failed');
      }),
    ).toThrow('the rule failed');
    head.append(series('a'), START + 1, 2);
    head.commit();
    expect(read(new Head({ store }), 'a')).toEqual([{ labels: '{}', points: [[START + 1, 2]] }]);
  });
});

describe('the compactor', () => {
  async function filled() {
    const { db, store } = open();
    const head = new Head({ store });
    for (let t = START; t < START + 10 * HOUR; t += 60_000) {
      for (let i = 0; i < 70; i++) head.append(series('m', { i: String(i) }), t, Math.sin(t / 1e6 + i));
      head.commit();
    }
    return { db, store, head, whole: read(head, 'm') };
  }

  it('packs finished hours without changing any answer, also after a restart', async () => {
    const { db, store, head, whole } = await filled();
    const job = new Compactor(head, START + 10 * HOUR);
    expect(job.nextDue()).toBe(START + 10 * HOUR);
    await job.run(START + 10 * HOUR);
    expect(job.nextDue()).toBeGreaterThan(START + 10 * HOUR);
    expect(db.get<{ n: number }>('SELECT count(*) AS n FROM sample_blocks')?.n).toBe(8);
    expect(db.get<{ n: number }>('SELECT count(*) AS n FROM sample_batches')?.n).toBeLessThan(3 * 60);
    expect(read(head, 'm')).toEqual(whole);
    const again = new Head({ store });
    expect(read(again, 'm')).toEqual(whole);
    expect(read(again, 'm', START + HOUR, START + HOUR)).toEqual(
      whole.map((s) => ({ ...s, points: s.points.filter(([t]) => t === START + HOUR) })),
    );
    expect(again.append(series('new'), START + HOUR, 1)).toBe('too_old');
  });

  it('drops what is older than the retention, and series that have nothing left', async () => {
    const { db, store, head, whole } = await filled();
    head.append(series('dead'), START + 10 * HOUR - 1, 1);
    await new Compactor(head, 0, 4 * HOUR).run(START + 10 * HOUR);
    const kept = whole.map((s) => ({ ...s, points: s.points.filter(([t]) => Number(t) >= START + 6 * HOUR) }));
    expect(read(head, 'm')).toEqual(kept);
    expect(read(new Head({ store }), 'm')).toEqual(kept);
    await new Compactor(head, 0, 4 * HOUR).run(START + 20 * HOUR);
    expect(head.seriesCount).toBe(0);
    for (const table of ['sample_series', 'sample_batches', 'sample_blocks']) {
      expect(db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n).toBe(0);
    }
  });
});
