import { describe, expect, it } from 'vitest';

interface Node {
  readonly type: string;
  readonly text?: string;
  readonly children?: readonly Node[];
  readonly [key: string]: unknown;
}

const page = new URL('../../src/workspace/page/mrkdwn.js', import.meta.url).href;
const { parseMrkdwn, parsePlainText } = (await import(page)) as {
  readonly parseMrkdwn: (text: string) => Node[];
  readonly parsePlainText: (text: string) => Node[];
};

const WORDS = ['id', 'range', 'unicode', 'fallback'];

/** The tree as brackets: `bold(a) text`. */
function shown(nodes: readonly Node[]): string {
  return nodes
    .map((node) => {
      if (node.type === 'text') return node.text;
      if (node.type === 'br') return '⏎';
      const inner = node.children
        ? shown(node.children)
        : (WORDS.map((name) => node[name]).find((value): value is string => typeof value === 'string') ?? '');
      return `${node.type}(${inner})`;
    })
    .join('');
}

describe('mrkdwn as Slack reads it', () => {
  it.each([
    ['*bold* _it_ ~st~ `co*d*e`', 'bold(bold) italic(it) strike(st) code(co*d*e)'],
    ['*a _b_ c*', 'bold(a italic(b) c)'],
    ['**not bold** and [a](b)', '**not bold** and [a](b)'],
    ['2*3*4 snake_case_name a~b~c', '2*3*4 snake_case_name a~b~c'],
    ['* not bold * _ nor_', '* not bold * _ nor_'],
    ['*Where*  v2 · (_note_), *x*.', 'bold(Where)  v2 · (italic(note)), bold(x).'],
    ['*over\nlines*', '*over⏎lines*'],
    ['*with `a*b` inside*', 'bold(with code(a*b) inside)'],
    ['a\n> quote *b*\n&gt; more\nend', 'aquote(quote bold(b)⏎more)end'],
    ['>>> all\nof it', 'quote(all⏎of it)'],
    ['x\n```\ncode *a* &lt;b&gt;\n```\ny', 'xpre(code *a* <b>)y'],
    ['1 &lt; 2 &amp;&amp; 3 &gt; 2', '1 < 2 && 3 > 2'],
    ['<@U01ALICE> <#C01ML|ml> <!here> <!subteam^S1|@x>', 'user(U01ALICE) channel(C01ML) broadcast(here) group(S1)'],
    ['<https://x.io/a?b=1&amp;c=2|a *link*>', 'link(a *link*)'],
    ['see https://x.io/a. ok', 'see link(https://x.io/a). ok'],
    ['<!date^1795129440^{time}|03:04 IST>', 'date(03:04 IST)'],
    [':fire: :nosuch: 10:30:00', 'emoji(🔥) :nosuch: 10:30:00'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['<javascript:alert(1)|x>', '<javascript:alert(1)|x>'],
    ['unclosed *bold and `code', 'unclosed *bold and `code'],
  ])('%j', (source, expected) => {
    expect(shown(parseMrkdwn(source))).toBe(expected);
  });

  it('keeps the parts of a link and of a date', () => {
    expect(parseMrkdwn('<https://x.io/?a=1&amp;b=2|label>')[0]).toMatchObject({
      type: 'link',
      url: 'https://x.io/?a=1&b=2',
    });
    expect(parseMrkdwn('<!date^5^at {time}^https://x.io|f>')[0]).toMatchObject({
      unix: 5,
      format: 'at {time}',
      url: 'https://x.io',
      fallback: 'f',
    });
  });

  it('reads plain_text without any styles', () => {
    expect(shown(parsePlainText('*a* <b> &amp; :fire:'))).toBe('*a* <b> & emoji(🔥)');
  });

  it('takes linear time over hostile text', () => {
    const started = performance.now();
    for (const text of [
      '*'.repeat(20_000),
      '`'.repeat(20_000),
      '<'.repeat(20_000),
      '_a'.repeat(10_000),
      '>'.repeat(20_000),
      '*a '.repeat(7_000),
      '\n> '.repeat(7_000),
      '>>>\n'.repeat(7_000),
      '*a _b '.repeat(4_000),
      '*a* '.repeat(7_000),
    ])
      parseMrkdwn(text);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
