import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlertLimits, admitAlerts, DEFAULT_ALERT_LIMITS, OpenAlerts } from '../../src/routing/limits.ts';
import { alert, START } from './house.ts';

const limits = (more: Partial<AlertLimits>): AlertLimits => ({ ...DEFAULT_ALERT_LIMITS, ...more });

function openAlerts(...texts: string[]): OpenAlerts {
  const open = new OpenAlerts();
  for (const text of texts) open.set(alert(text, START));
  return open;
}

describe('limits of what senders may have remembered', () => {
  it('refuses one name too many and lets the other names in', () => {
    const open = openAlerts('alertname=A,m=1', 'alertname=A,m=2');
    const batch = ['alertname=A,m=3', 'alertname=B,m=1', 'alertname=A,m=4'].map((text) => alert(text, START));
    const { admitted, refused } = admitAlerts(batch, open, limits({ alertsPerName: 3 }));
    expect(admitted).toEqual(batch.slice(0, 2));
    expect(refused).toEqual([
      { alert: batch[2], limit: 'alertsPerName', message: '3 alerts named "A" are open already' },
    ]);
  });

  it('never refuses news of an alert that is open, nor its end, however full it is', () => {
    const open = openAlerts('alertname=A,m=1');
    const full = limits({ alerts: 1, alertsPerName: 1 });
    const news = [alert('alertname=A,m=1', START), alert('alertname=A,m=1', START, { resolvedAt: START })];
    expect(admitAlerts(news, open, full).refused).toEqual([]);
    expect(admitAlerts([alert('alertname=X', START, { resolvedAt: START })], open, full).refused).toEqual([]);
    expect(admitAlerts([alert('alertname=X', START)], open, full).refused).toMatchObject([{ limit: 'alerts' }]);
  });

  it('takes ends of alerts that nobody heard of until twice as many are remembered as may be open', () => {
    const open = openAlerts('alertname=A,m=1');
    const end = (text: string) => alert(text, START, { resolvedAt: START });
    const batch = ['a', 'b', 'c', 'a', 'd'].map((text) => end(`alertname=${text}`));
    const { admitted, refused } = admitAlerts(batch, open, limits({ alerts: 2 }));
    expect(admitted.map(({ labels }) => labels.get('alertname'))).toEqual(['a', 'b', 'c', 'a']);
    expect(refused).toMatchObject([{ limit: 'alerts', message: expect.stringContaining('4 are remembered already') }]);
    for (const one of admitted) open.set(one);
    // Whoever is known is heard, and what was forgotten makes room.
    expect(admitAlerts([end('alertname=A,m=1'), end('alertname=b')], open, limits({ alerts: 2 })).refused).toEqual([]);
    open.delete(end('alertname=c').fingerprint);
    expect(admitAlerts([end('alertname=d')], open, limits({ alerts: 2 })).refused).toEqual([]);
  });

  it('takes news of an open alert whose annotations have grown too long, with what fits of them, and says so', () => {
    const small = limits({ annotationsLength: 40 });
    const open = openAlerts('alertname=A');
    const still = alert('alertname=A', START, { summary: 's'.repeat(50) });
    const over = alert('alertname=A', START, { summary: '😀'.repeat(50), resolvedAt: START });
    const { admitted, refused } = admitAlerts([still, over], open, small);
    expect(admitted.map(({ condition }) => condition.kind)).toEqual(['firing', 'resolved']);
    for (const { annotations } of admitted) {
      expect(annotations.get('summary').length).toBeLessThanOrEqual(33);
      expect(annotations.get('summary').isWellFormed()).toBe(true);
    }
    expect(refused.map(({ limit, message }) => [limit, message])).toEqual([
      ['annotationsLength', 'annotations of 57 characters, more than 40; they were cut'],
      ['annotationsLength', 'annotations of 107 characters, more than 40; they were cut'],
    ]);
  });

  it('refuses what is too large, whether it is known or not', () => {
    const wide = alert(Array.from({ length: 5 }, (_, i) => `l${i}=x`).join(','), START);
    const longName = alert(`${'n'.repeat(11)}=x`, START);
    const longValue = alert(`a=${'v'.repeat(11)}`, START);
    const wordy = alert('a=x', START, { summary: 's'.repeat(20) });
    const small = limits({ labels: 4, labelNameLength: 10, labelValueLength: 10, annotationsLength: 20 });
    const { admitted, refused } = admitAlerts([wide, longName, longValue, wordy], openAlerts(), small);
    expect(admitted).toEqual([]);
    expect(refused.map(({ limit }) => limit)).toEqual([
      'labels',
      'labelNameLength',
      'labelValueLength',
      'annotationsLength',
    ]);
    expect(refused.every(({ message }) => message.length < 200)).toBe(true);
  });

  it('counts open alerts as if it had counted them anew each time', () => {
    const word = fc.record({
      name: fc.constantFrom('A', 'B'),
      model: fc.constantFrom('1', '2', '3'),
      open: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const open = new OpenAlerts();
        const truth = new Map<string, string>();
        for (const { name, model, open: firing } of words) {
          const told = alert(`alertname=${name},m=${model}`, START, firing ? {} : { resolvedAt: START });
          open.set(told);
          if (firing) truth.set(told.fingerprint, name);
          else truth.delete(told.fingerprint);
          expect(open.size).toBe(truth.size);
          for (const n of ['A', 'B']) expect(open.countOf(n)).toBe([...truth.values()].filter((v) => v === n).length);
        }
      }),
    );
  });

  it('admits up to the limit in whatever batches the alerts come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        (models, size) => {
          const open = new OpenAlerts();
          for (let i = 0; i < models.length; i += size) {
            const batch = models.slice(i, i + size).map((model) => alert(`alertname=A,m=${model}`, START));
            for (const admitted of admitAlerts(batch, open, limits({ alertsPerName: 7 })).admitted) open.set(admitted);
          }
          expect(open.size).toBe(Math.min(7, new Set(models).size));
        },
      ),
    );
  });
});
