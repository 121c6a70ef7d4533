import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../src/labels/fingerprint.ts';
import { Labels } from '../../src/labels/labels.ts';
import { matcher, pattern } from '../../src/labels/matcher.ts';

describe('labels', () => {
  it('treats an empty value as no label', () => {
    expect(Labels.of({ a: '', b: 'x' }).equals(Labels.of({ b: 'x' }))).toBe(true);
  });

  it('does not care about the order in which labels arrive', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.string({ minLength: 1 }), fc.string({ minLength: 1 })), {
          selector: ([n]) => n.toWellFormed(),
        }),
        (pairs) => {
          const forwards = Labels.of(pairs);
          const backwards = Labels.of(pairs.toReversed());
          expect(forwards.key).toBe(backwards.key);
          expect(fingerprint(forwards)).toBe(fingerprint(backwards));
        },
      ),
    );
  });

  it('keeps names such as __proto__ and constructor as ordinary labels', () => {
    const labels = Labels.of([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(labels.get('__proto__')).toBe('x');
    expect(Object.keys(labels.toJSON()).toSorted()).toEqual(['__proto__', 'constructor']);
    expect(Labels.empty.get('constructor')).toBe('');
  });

  it('prints as Prometheus does, quoting names that are not identifiers', () => {
    expect(Labels.of({ model: 'fraud "x"', 'a.b': '1' }).toString()).toBe('{"a.b"="1", model="fraud \\"x\\""}');
  });

  it('has the fingerprint that Alertmanager prints for the same labels', () => {
    // Read from the API of Alertmanager 0.25 for an alert with these labels.
    expect(fingerprint(Labels.of({ alertname: 'X', model_name: 'fraud' }))).toBe('cee893f3b51358e7');
  });
});

describe('matchers', () => {
  it('anchors on both sides and cannot be escaped by the pattern', () => {
    expect(matcher('a', '=~', 'fraud', 'alertmanager').matches('fraud-detector')).toBe(false);
    expect(() => pattern('a)|(?:b', 'alertmanager')).toThrow(/regular expression/);
  });

  it('lets a dot match a newline in selectors and not in silences', () => {
    expect(matcher('a', '=~', 'x.y', 'prometheus').matches('x\ny')).toBe(true);
    expect(matcher('a', '=~', 'x.y', 'alertmanager').matches('x\ny')).toBe(false);
  });

  it('takes no longer than linear time on patterns that explode elsewhere', () => {
    expect(matcher('a', '=~', '(a+)+', 'prometheus').matches(`${'a'.repeat(5000)}!`)).toBe(false);
  });

  it('refuses look-around and back-references, which Prometheus refuses too', () => {
    for (const source of ['(?=x)', '(a)\\1', '[', '('])
      expect(() => pattern(source, 'prometheus')).toThrow(/regular expression/);
  });

  it('gives plain alternations the meaning of the same expression compiled', () => {
    const words = matcher('a', '=~', 'prod|staging', 'prometheus');
    expect(['prod', 'staging', 'prod|staging', 'production', ''].map((v) => words.matches(v))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
