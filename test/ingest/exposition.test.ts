import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBody, type ExpositionFormat, parseExposition, SeriesMemory } from '../../src/ingest/exposition.ts';
import { ExpositionError } from '../../src/ingest/exposition-scanner.ts';
import { Labels } from '../../src/labels/labels.ts';

/** `series value [timestamp]` per sample, the way a person would compare two expositions. */
function read(text: string, format: ExpositionFormat = 'text'): string[] {
  return parseExposition(text, format).samples.map(
    ({ labels, value, timestamp }) =>
      `${labels.get('__name__')}${labels.without('__name__').toString()} ${Object.is(value, -0) ? '-0' : value}${timestamp === undefined ? '' : ` ${timestamp}`}`,
  );
}

function refusal(text: string, format: ExpositionFormat = 'text'): string {
  try {
    parseExposition(text, format);
  } catch (error) {
    expect(error).toBeInstanceOf(ExpositionError);
    return (error as ExpositionError).message;
  }
  return 'accepted';
}

describe('the text format', () => {
  it('reads what the format documentation shows', () => {
    const text = `# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47
# A weird metric from before the epoch is not possible here; infinity is:
something_weird{problem="division by zero"} +Inf
`;
    expect(read(text)).toEqual([
      'http_requests_total{code="200", method="post"} 1027 1395066363000',
      'http_requests_total{code="400", method="post"} 3 1395066363000',
      'msdos_file_access_time_seconds{error="Cannot find file:\\n\\"FILE.TXT\\"", path="C:\\\\DIR\\\\FILE.TXT"} 1458255915',
      'metric_without_timestamp_and_labels{} 12.47',
      'something_weird{problem="division by zero"} Infinity',
    ]);
    expect(parseExposition(text).metadata.get('http_requests_total')).toEqual({
      type: 'counter',
      help: 'The total number of HTTP requests.',
      unit: '',
    });
  });

  it('is as lenient as Prometheus about blanks, commas and the last newline', () => {
    expect(read('a 1')).toEqual(['a{} 1']);
    expect(read('  a\t{ x = "1" , y="2" , } \t 1 \t 5  \n\n\n')).toEqual(['a{x="1", y="2"} 1 5']);
    expect(read('a{x="1" y="2"} 1\n')).toEqual(['a{x="1", y="2"} 1']);
    expect(read('a{}1\n')).toEqual(['a{} 1']);
    expect(read('#no blank\n# HELPER no keyword\n# HELP\n#\ta comment\na 1\n')).toEqual(['a{} 1']);
    expect(read('')).toEqual([]);
  });

  it('reads every number that Go reads and refuses what Prometheus refuses', () => {
    const values =
      'a NaN\nb +Inf\nc -inf\nd -0\ne 1e-400\nf .5\ng 5.\nh +7E3\ni 0.1234567890123456789\nj Infinity\nk 12345678901234567890\nl nan';
    expect(read(values).map((line) => line.split(' ')[1])).toEqual([
      'NaN',
      'Infinity',
      '-Infinity',
      '-0',
      '0',
      '0.5',
      '5',
      '7000',
      '0.12345678901234568',
      'Infinity',
      '12345678901234567000',
      'NaN',
    ]);
    for (const bad of [
      '1e999',
      '-1e999',
      '0x1F',
      '0x1p4',
      '1_000',
      '+NaN',
      '1e',
      '.',
      '-',
      '1,5',
      'infinit',
      '٣',
      '1\r',
    ]) {
      expect(refusal(`a ${bad}\n`), bad).toMatch(/^1:3: .* is not a number that fits a double$/);
    }
  });

  it('agrees with the platform on every double', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.integer().map((n) => n / 1000),
        ),
        (v) => {
          for (const literal of [String(v), v.toExponential(), Math.abs(v) < 1e20 ? v.toFixed(6) : String(v)]) {
            expect(parseExposition(`a ${literal}\n`).samples[0]?.value, literal).toBe(Number(literal));
          }
        },
      ),
    );
  });

  it.each([
    ['an unterminated quote', 'ok 1\na{x="1} 2\nb 3\n', '2:5: the value of the label x is not closed by a quote'],
    ['a raw newline in a value', 'a{x="1\n2"} 2\n', '1:5: the value of the label x is not closed by a quote'],
    ['a label that appears twice', 'a{x="1",x="1"} 2\n', '1:9: the label x appears twice in one series'],
    ['__name__ given as a label', 'a{__name__="b"} 2\n', '1:3: the metric name may not be given as the label __name__'],
    ['a NUL in a value', 'a{x="1\u0000"} 2\n', '1:7: the value of the label x holds a NUL character'],
    ['a value that is missing', 'a\n', '1:2: expected a value, got the end of the line'],
    ['a negative timestamp', 'a 1 -5\n', '1:5: "-5" is not a timestamp in milliseconds'],
    ['a timestamp with a fraction', 'a 1 5.5\n', '1:5: "5.5" is not a timestamp in milliseconds'],
    [
      'a timestamp beyond all time',
      `a 1 ${'9'.repeat(30)}\n`,
      `1:5: "${'9'.repeat(30)}" is not a timestamp in milliseconds`,
    ],
    ['words after the timestamp', 'a 1 5 x\n', '1:7: expected the end of the line, got "x"'],
    ['a name that starts with a digit', '1a 1\n', '1:1: expected a metric name or a comment, got "1"'],
    ['an unquoted label value', 'a{x=1} 2\n', '1:5: expected a quoted value for the label x, got "1"'],
    ['a label without a value', 'a{x} 2\n', '1:4: expected = after the label name x, got "}"'],
    ['braces that do not close', 'a{x="1"', '1:8: expected a label name or }, got the end of the text'],
    ['a type that does not exist', '# TYPE a conter\n', '1:10: "conter" is not a metric type'],
    ['a series without a name', '{x="1"} 2\n', '1:1: the series has no metric name'],
    ['an empty quoted name', '{""} 2\n', '1:1: the metric name is empty'],
    ['two quoted names', '{"a","b"} 2\n', '1:6: a second metric name in one series'],
    [
      'a web page',
      '\n <!DOCTYPE html><title>Log in</title>',
      '2:2: this is HTML, not metrics; does the path need a login, or lead to a web page?',
    ],
    ['a byte order mark', '\u{feff}a 1\n', '1:1: a byte order mark stands before the metrics'],
    ['JSON', '{"status":"ok"}', '1:10: expected = after the label name status, got ":"'],
  ])('refuses %s and says where', (_, text, message) => {
    expect(refusal(text)).toBe(message);
  });

  it('keeps UTF-8 names and values, quoted as Prometheus 3 writes them', () => {
    expect(read('{"my.metric",a="b"} 1\n{"größe","schlüssel mit leer"="wert"} 2\nx{"a.b"="c"} 3\n')).toEqual([
      'my.metric{a="b"} 1',
      'größe{"schlüssel mit leer"="wert"} 2',
      'x{"a.b"="c"} 3',
    ]);
    expect(parseExposition('# TYPE "my.metric" gauge\n').metadata.get('my.metric')?.type).toBe('gauge');
  });

  it('keeps the backslash of an unknown escape', () => {
    expect(parseExposition('a{x="\\d\\\\n\\n"} 1\n').samples[0]?.labels.get('x')).toBe('\\d\\n\n');
  });

  it('drops labels with an empty value and takes names like __proto__ as they are', () => {
    expect(read('a{x="",__proto__="p",constructor="c"} 1\n')).toEqual(['a{__proto__="p", constructor="c"} 1']);
  });

  it('gives bucket bounds one spelling, so that a histogram keeps its series when an exporter changes format', () => {
    const classic = read(
      '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="0.25"} 1\nh_bucket{le="1000000"} 1\nh_bucket{le="+Inf"} 1\nh_bucket{le="NaN"} 1\nh_bucket{le="x"} 1\n',
    );
    expect(classic.map((line) => /le="([^"]*)"/.exec(line)?.[1])).toEqual(['1.0', '0.25', '1e+06', '+Inf', 'NaN', 'x']);
    expect(read('# TYPE g gauge\ng{le="1"} 1\n')).toEqual(['g{le="1"} 1']);
    expect(read('# TYPE s summary\ns{quantile="1"} 1\n')).toEqual(['s{quantile="1.0"} 1']);
  });

  it('lets a later TYPE win, also after samples, and takes broken histograms and falling counters as they come', () => {
    const text = '# TYPE a counter\na 5\n# TYPE a gauge\na 3\nh_bucket{le="1"} 5\nh_bucket{le="2"} 3\n';
    expect(parseExposition(text).metadata.get('a')?.type).toBe('gauge');
    expect(read(text)).toHaveLength(4);
  });

  it('reads a line of ten megabytes, and refuses one, without hanging', () => {
    const started = performance.now();
    expect(read(`a{x="${'y'.repeat(10_000_000)}"} 1\n`)).toHaveLength(1);
    expect(refusal(`a ${'1'.repeat(10_000_000)}x\n`)).toContain('is not a number');
    expect(refusal(`a{${Array.from({ length: 300_000 }, (_, i) => `l${i}="1"`).join(',')},l7="1"} 1\n`)).toContain(
      'l7 appears twice',
    );
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('OpenMetrics', () => {
  const page = (body: string): string => `${body}# EOF\n`;

  it('reads seconds, units, all types and skips exemplars', () => {
    const text = page(`# TYPE acme_http_router_request_seconds summary
# UNIT acme_http_router_request_seconds seconds
# HELP acme_http_router_request_seconds Latency though \\"all\\" of ACME's\\nrouter.
acme_http_router_request_seconds_sum{path="/api/v1",method="GET"} 9036.32
acme_http_router_request_seconds_count{path="/api/v1",method="GET"} 807283.0 1605281325.5
acme_http_router_request_seconds_created{path="/api/v1",method="GET"} 1605281325.0
# TYPE go_goroutines gauge
go_goroutines 69
# TYPE foo histogram
foo_bucket{le="0.1"} 8 # {} 0.054
foo_bucket{le="1.0"} 11 # {trace_id="KOO5S4vxi0o"} 0.67
foo_bucket{le="10.0"} 17 1520879607.789 # {trace_id="oHg5SJYRHA0"} 9.8 1520879607.789
# TYPE build info
build_info{entity="{a=\\"b\\"} # {"} 1
`);
    expect(read(text, 'openmetrics').slice(0, 2)).toEqual([
      'acme_http_router_request_seconds_sum{method="GET", path="/api/v1"} 9036.32',
      'acme_http_router_request_seconds_count{method="GET", path="/api/v1"} 807283 1605281325500',
    ]);
    expect(read(text, 'openmetrics').slice(4)).toEqual([
      'foo_bucket{le="0.1"} 8',
      'foo_bucket{le="1.0"} 11',
      'foo_bucket{le="10.0"} 17 1520879607789',
      'build_info{entity="{a=\\"b\\"} # {"} 1',
    ]);
    expect(parseExposition(text, 'openmetrics').metadata.get('acme_http_router_request_seconds')).toEqual({
      type: 'summary',
      unit: 'seconds',
      help: 'Latency though "all" of ACME\'s\nrouter.',
    });
  });

  it.each([
    ['a missing end mark', 'a 1\n', '2:1: the text does not end with # EOF; was the answer cut off?'],
    ['an answer cut off inside a line', 'a 1', '1:4: the text does not end with # EOF; was the answer cut off?'],
    ['text after the end mark', 'a 1\n# EOF\nb 2\n', '3:1: there is text after # EOF'],
    ['an end mark with a tail', 'a 1\n# EOFX\n', '2:6: expected the end of the line after # EOF, got "X"'],
    ['a blank line', 'a 1\n\n# EOF\n', '2:1: OpenMetrics has no blank lines'],
    ['a free comment', '# hello\n# EOF\n', '1:1: OpenMetrics has no comments but HELP, TYPE, UNIT and EOF'],
    ['two spaces before a value', 'a  1\n# EOF\n', '1:3: expected a value, got " "'],
    ['a blank between labels', 'a{x="1", y="2"} 1\n# EOF\n', '1:9: expected a label name or }, got " "'],
    ['a missing comma', 'a{x="1"y="2"} 1\n# EOF\n', '1:8: expected , or } after a label, got "y"'],
    [
      'a unit that the name does not end in',
      '# UNIT a_seconds bytes\n# EOF\n',
      '1:18: the unit "bytes" is not the end of the metric name a_seconds',
    ],
    ['the classic untyped', '# TYPE a untyped\n# EOF\n', '1:10: "untyped" is not a metric type'],
    ['an infinite timestamp', 'a 1 Inf\n# EOF\n', '1:5: "Inf" is not a timestamp in seconds'],
    [
      'an exemplar without a value',
      'a 1 # {x="1"}\n# EOF\n',
      '1:14: expected one space and a value, got the end of the line',
    ],
    ['nothing at all', '', '1:1: the text does not end with # EOF; was the answer cut off?'],
  ])('refuses %s', (_, text, message) => {
    expect(refusal(text, 'openmetrics')).toBe(message);
  });

  it('takes the end mark without a newline', () => {
    expect(read('a 1\n# EOF', 'openmetrics')).toEqual(['a{} 1']);
  });
});

describe('bytes', () => {
  it('that are not UTF-8 are refused with their line', () => {
    expect(() => decodeBody(Buffer.from([97, 32, 49, 10, 98, 123, 0xff, 10]))).toThrow(/^2:1: the line is not UTF-8/);
    expect(decodeBody(Buffer.from('a{x="ü"} 1\n'))).toBe('a{x="ü"} 1\n');
  });
});

describe('the memory of a target', () => {
  it('gives the same label sets for series that stay, wherever they move', () => {
    const memory = new SeriesMemory();
    const first = parseExposition('a{x="1"} 1\nb 2\nc{x="}"} 3\n', 'text', memory).samples;
    const second = parseExposition('a{x="1"} 4\nnew 5\nc{x="}"} 6\nb 7\n', 'text', memory).samples;
    expect(second.map((s) => s.value)).toEqual([4, 5, 6, 7]);
    expect(second[0]?.labels).toBe(first[0]?.labels);
    expect(second[2]?.labels).toBe(first[2]?.labels);
    expect(second[3]?.labels).toBe(first[1]?.labels);
  });

  it('is not fooled by a name that continues, or by braces after a blank', () => {
    const memory = new SeriesMemory();
    parseExposition('ab 1\n', 'text', memory);
    expect(parseExposition('abc 2\n', 'text', memory).samples[0]?.labels.get('__name__')).toBe('abc');
    parseExposition('ab 1\n', 'text', memory);
    expect(parseExposition('ab {x="1"} 2\n', 'text', memory).samples[0]?.labels.get('x')).toBe('1');
  });

  it('does not keep the pages that its series were cut from', async () => {
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    const kept: unknown[] = [];
    collect();
    const used = (): number => process.memoryUsage().heapUsed + process.memoryUsage().external;
    const before = used();
    for (let i = 0; i < 30; i += 1) {
      const text = `# ${'x'.repeat(4_000_000)}\nsome_metric_with_a_name{some_long_label="a value that is long ${i}"} 1\n`;
      kept.push(parseExposition(decodeBody(Buffer.from(text)), 'text', new SeriesMemory()).samples);
    }
    for (let i = 0; i < 3; i += 1) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(kept).toHaveLength(30);
    expect(used() - before).toBeLessThan(50_000_000);
  });

  it('never changes what is read', () => {
    const name = fc.constantFrom('a', 'ab', 'a:b', 'abc');
    const value = fc.string({
      unit: fc.constantFrom('x', '"', '\\', '\n', '}', '{', ' ', ',', '#', 'é'),
      maxLength: 5,
    });
    const series = fc.tuple(name, fc.dictionary(fc.constantFrom('l', 'm', 'le'), value, { maxKeys: 3 }), fc.integer());
    const pageOf = (rows: [string, Record<string, string>, number][]): string =>
      rows
        .map(([metric, labels, v]) => {
          const pairs = Object.entries(labels).map(
            ([k, text]) => `${k}="${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
          );
          return `${metric}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${v}\n`;
        })
        .join('');
    fc.assert(
      fc.property(fc.array(fc.array(series, { maxLength: 8 }), { minLength: 1, maxLength: 4 }), (pages) => {
        const memory = new SeriesMemory();
        for (const rows of pages) {
          const text = pageOf(rows);
          const expected = rows.map(
            ([metric, labels, v]) => `${Labels.of({ ...labels, __name__: metric }).toString()} ${v}`,
          );
          for (const format of ['text', 'openmetrics'] as const) {
            const body = format === 'text' ? text : `${text}# EOF\n`;
            const parsed = parseExposition(body, format, memory).samples;
            expect(parsed.map((s) => `${s.labels.toString()} ${s.value}`)).toEqual(expected);
          }
        }
      }),
    );
  });

  it('never throws anything but a located error, whatever bytes come', () => {
    const soup = fc.string({
      unit: fc.constantFrom(
        'a',
        '1',
        '{',
        '}',
        '"',
        '=',
        ',',
        ' ',
        '\n',
        '#',
        '\\',
        'HELP',
        'TYPE',
        'EOF',
        '# ',
        'é',
        '\u0000',
        '.',
        'e',
        '<',
      ),
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.array(soup, { maxLength: 3 }), fc.boolean(), (texts, openMetrics) => {
        const memory = new SeriesMemory();
        for (const text of texts) {
          const format = openMetrics ? 'openmetrics' : 'text';
          const outcome = (m?: SeriesMemory): string => {
            try {
              return JSON.stringify(parseExposition(text, format, m).samples);
            } catch (error) {
              if (!(error instanceof ExpositionError)) throw error;
              return error.message;
            }
          };
          expect(outcome(memory)).toBe(outcome());
        }
      }),
      { numRuns: 3000 },
    );
  });
});
