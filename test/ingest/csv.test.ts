import { describe, expect, it } from 'vitest';
import { DocumentError } from '../../src/document/position.ts';
import { looksLikeCsv, parseCsv } from '../../src/ingest/csv.ts';

const samplesOf = (text: string) =>
  parseCsv(text, 'a.csv', 'm/a.csv').map(({ labels, value, timestamp }) => [labels.get('__name__'), timestamp, value]);

function faultOf(text: string): string {
  try {
    parseCsv(text, 'a.csv', 'a.csv');
    return 'read';
  } catch (error) {
    if (error instanceof DocumentError) return error.message;
    throw error;
  }
}

describe('a CSV file of samples', () => {
  it('makes every column but the first a metric, labelled with the file it came from', () => {
    const [first] = parseCsv('timestamp,latency p99\n2026-01-20 03:00:00,0.25\n', 'a.csv', 'fraud/a.csv');
    expect(first?.labels.toString()).toBe('{__name__="latency p99", series="fraud/a.csv"}');
    expect(first?.timestamp).toBe(Date.UTC(2026, 0, 20, 3));
  });

  it('reads epoch seconds and ISO 8601, in UTC where no zone is named', () => {
    const text = 't,v\n0,1\n1.5,2\n1970-01-01T00:00:02Z,3\n1970-01-01T01:00:03+01:00,4\n1970-01-02,5\n';
    expect(samplesOf(text).map(([, t]) => t)).toEqual([0, 1500, 2000, 3000, 86_400_000]);
  });

  it('puts rows into order of time, and skips empty cells and lines', () => {
    expect(samplesOf('t,a,b\n2,1,\n\n1,NaN,-Inf\n')).toEqual([
      ['a', 1000, Number.NaN],
      ['b', 1000, Number.NEGATIVE_INFINITY],
      ['a', 2000, 1],
    ]);
  });

  it('takes quotes, commas and line ends within them, a byte order mark and Windows line ends', () => {
    const text = '\u{feff}"t","a,""b""\nc"\r\n"1","2"\r\n';
    expect(samplesOf(text)).toEqual([['a,"b"\nc', 1000, 2]]);
    expect(looksLikeCsv(text)).toBe(true);
    expect(looksLikeCsv('# TYPE x gauge\nx 1 2\n')).toBe(false);
  });

  it.each([
    ['', 'a.csv:1:1: has no header row'],
    ['time,a\n1,2\n', 'a.csv:1:1: the first column must be called timestamp or t'],
    ['t\n1\n', 'a.csv:1:1: there is no column of values'],
    ['t,a,a\n1,2,3\n', 'a.csv:1:5: two columns are called "a"'],
    ['t,a, \n1,2,3\n', 'a.csv:1:5: a column needs a name'],
    ['t,a\n1,2\n\n2,x\n', 'a.csv:4:3: "x" is not a number'],
    ['t,a\nyesterday,2\n', 'a.csv:2:1: "yesterday" is neither epoch seconds nor an ISO 8601 time'],
    ['t,a\n2026-02-30,2\n', 'a.csv:2:1: "2026-02-30" is neither'],
    ['t,a\n1690000000000,2\n', 'a.csv:2:1: "1690000000000" is neither epoch seconds'],
    ['t,a\n1,2,3\n', 'a.csv:2:1: the row has 3 cells, the header 2'],
    ['t,a\n"1,2\n', 'a.csv:2:1: a quoted cell is not closed'],
    ['t,a\n"1"x,2\n', 'a.csv:2:4: text after the end of a quoted cell'],
  ])('says where %j is wrong', (text, message) => {
    expect(faultOf(text)).toContain(message);
  });
});
