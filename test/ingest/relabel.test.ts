import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/document/yaml.ts';
import { relabel } from '../../src/ingest/relabel.ts';
import { readScrapeSection } from '../../src/ingest/schema.ts';
import { Labels } from '../../src/labels/labels.ts';

/** What becomes of labels under rules written as in a configuration file. */
function apply(labels: Record<string, string>, rules: string): Record<string, string> | 'dropped' {
  const yaml = `scrape_configs:\n- job_name: a\n  metric_relabel_configs: ${rules}\n`;
  const [config] = readScrapeSection(parseYaml(yaml, 'rules.yml')).configs;
  const result = relabel(Labels.of(labels), config?.metricRelabel ?? []);
  return result ? { ...result.toJSON() } : 'dropped';
}

describe('relabelling', () => {
  // Expectations follow Prometheus' documentation and the behaviour of its implementation.
  it.each<[string, Record<string, string>, string, Record<string, string> | 'dropped']>([
    ['copies by default', { a: 'x' }, '[{ source_labels: [a], target_label: b }]', { a: 'x', b: 'x' }],
    [
      'fills groups',
      { a: 'foo', b: 'bar' },
      "[{ source_labels: [a, b], regex: 'f(.*);(.*)r', target_label: d, replacement: 'ch${1}-ch$2' }]",
      { a: 'foo', b: 'bar', d: 'choo-chba' },
    ],
    [
      'fills named groups and keeps $$ as $',
      { a: 'x-y' },
      "[{ source_labels: [a], regex: '(?P<l>.*)-(.*)', target_label: d, replacement: '${l}$$$2' }]",
      { a: 'x-y', d: 'x$y' },
    ],
    [
      'takes the longest name after $',
      { a: 'x' },
      "[{ source_labels: [a], target_label: d, replacement: 'p$1q' }]",
      { a: 'x', d: 'p' },
    ],
    [
      'leaves all where nothing matches',
      { a: 'foo' },
      '[{ source_labels: [a], regex: bar, target_label: a, replacement: z }]',
      { a: 'foo' },
    ],
    [
      'anchors at both ends',
      { a: 'foobar' },
      '[{ source_labels: [a], regex: foo, target_label: a, replacement: z }]',
      { a: 'foobar' },
    ],
    [
      'matches over a newline',
      { a: 'x\ny' },
      '[{ source_labels: [a], regex: x.y, target_label: b, replacement: z }]',
      { a: 'x\ny', b: 'z' },
    ],
    [
      'removes a label by an empty replacement',
      { a: 'foo', b: 'x' },
      '[{ source_labels: [a], target_label: b, replacement: "" }]',
      { a: 'foo' },
    ],
    [
      'makes target names from groups',
      { a: 'some-name-value' },
      "[{ source_labels: [a], regex: 'some-([^-]+)-([^,]+)', target_label: '${1}', replacement: '${2}' }]",
      { a: 'some-name-value', name: 'value' },
    ],
    [
      'does nothing where the made name is none',
      { a: '1x' },
      "[{ source_labels: [a], target_label: '${1}', replacement: z }]",
      { a: '1x' },
    ],
    ['keeps', { a: 'foo' }, '[{ source_labels: [a], regex: f.*, action: keep }]', { a: 'foo' }],
    ['drops what keep does not match', { a: 'foo' }, '[{ source_labels: [a], regex: b.*, action: keep }]', 'dropped'],
    ['drops', { a: 'foo' }, '[{ source_labels: [a], regex: .*o.*, action: drop }]', 'dropped'],
    [
      'stops at a drop',
      { a: 'x' },
      '[{ source_labels: [a], regex: x, action: drop }, { target_label: b, replacement: y }]',
      'dropped',
    ],
    ['drops equal', { a: 'x', b: 'x' }, '[{ source_labels: [a], target_label: b, action: dropequal }]', 'dropped'],
    ['keeps equal', { a: 'x', b: 'y' }, '[{ source_labels: [a], target_label: b, action: keepequal }]', 'dropped'],
    [
      'hashes as Prometheus does',
      { c: 'baz' },
      '[{ source_labels: [c], target_label: d, action: hashmod, modulus: 1000 }]',
      { c: 'baz', d: '976' },
    ],
    [
      'hashes many labels',
      { c: 'foo\nbar' },
      '[{ source_labels: [c], target_label: d, action: HashMod, modulus: 1000 }]',
      { c: 'foo\nbar', d: '734' },
    ],
    [
      'maps names',
      { b1: 'x', b2: 'y' },
      "[{ regex: '(b.*)', replacement: 'bar_${1}', action: labelmap }]",
      { b1: 'x', b2: 'y', bar_b1: 'x', bar_b2: 'y' },
    ],
    ['drops names', { __meta: 'a', x: 'b' }, '[{ regex: __.*, action: labeldrop }]', { x: 'b' }],
    ['keeps names', { a: '1', b: '2' }, '[{ regex: a, action: labelkeep }]', { a: '1' }],
    [
      'lowers and raises',
      { a: 'FoO' },
      '[{ source_labels: [a], target_label: l, action: lowercase }, { source_labels: [a], target_label: u, action: uppercase }]',
      { a: 'FoO', l: 'foo', u: 'FOO' },
    ],
    [
      'joins missing labels as empty',
      { a: 'x' },
      "[{ source_labels: [n, a], separator: '-', target_label: d }]",
      { a: 'x', d: '-x' },
    ],
  ])('%s', (_, labels, rules, expected) => {
    expect(apply(labels, rules)).toEqual(expected);
  });

  it('is linear on a pattern that explodes elsewhere', () => {
    const started = performance.now();
    apply({ a: `${'a'.repeat(5000)}!` }, "[{ source_labels: [a], regex: '(a+)+', action: drop }]");
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
