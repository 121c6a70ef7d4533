import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DocumentError } from '../../src/document/position.ts';
import { loadRunbooks } from '../../src/runbooks/registry.ts';
import { isRunbookName, lintRunbook, parseRunbook, sectionOf } from '../../src/runbooks/runbook.ts';

const folders: string[] = [];

function folder(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'runbooks-'));
  folders.push(dir);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

afterEach(() => {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const COMPLETE = `---
alerts: [ModelLatencyP99High]
owner: ml-platform
severity: critical
last_reviewed: 2026-11-01
---
# Model latency is high

## Description
Slow.

## Diagnosis
\`\`\`sh
# not a heading
## nor this
kubectl top pods
\`\`\`

## Decision tree
- new version? roll back

## Remediation
Scale out.

## Rollback
Redeploy.
`;

describe('a runbook', () => {
  it('has a title, the alerts it is for, and its sections without their headings', () => {
    const runbook = parseRunbook('model-latency-high', COMPLETE, 'model-latency-high.md');
    expect(runbook).toMatchObject({
      title: 'Model latency is high',
      alerts: ['ModelLatencyP99High'],
      owner: 'ml-platform',
      severity: 'critical',
      lastReviewed: '2026-11-01',
    });
    expect(runbook.sections.map((section) => section.heading)).toEqual([
      'Description',
      'Diagnosis',
      'Decision tree',
      'Remediation',
      'Rollback',
    ]);
    expect(sectionOf(runbook, 'decision TREE')?.body).toBe('- new version? roll back');
    expect(lintRunbook(runbook, 'x.md')).toEqual([]);
  });

  it('keeps comments in code blocks where they are', () => {
    const runbook = parseRunbook('m', COMPLETE, 'm.md');
    expect(sectionOf(runbook, 'Diagnosis')?.body).toContain('## nor this\nkubectl top pods');
  });

  it('is read with Windows line ends and a byte order mark, too', () => {
    const runbook = parseRunbook('m', `\u{feff}${COMPLETE.replaceAll('\n', '\r\n')}`, 'm.md');
    expect(sectionOf(runbook, 'Remediation')?.body).toBe('Scale out.');
  });

  it('says at which line its front matter is wrong', () => {
    const text = '---\nalerts: [A]\nownr: me\n---\n# T\n';
    expect(() => parseRunbook('m', text, 'm.md')).toThrow('m.md:3:1: unknown key ownr; did you mean owner?');
    expect(() => parseRunbook('m', '# no front matter\n', 'm.md')).toThrow('m.md:1:1: expected front matter');
    expect(() => parseRunbook('m', '---\nalerts: []\n# T\n', 'm.md')).toThrow('no closing');
    expect(() => parseRunbook('m', '---\nlast_reviewed: yesterday\n---\n# T\n', 'm.md')).toThrow(
      /m\.md:2:16: .*a date/,
    );
    expect(() => parseRunbook('m', '---\n__proto__: {}\n---\n# T\n', 'm.md')).toThrow(DocumentError);
  });

  it('that lacks a section is reported, not refused', () => {
    const runbook = parseRunbook('m', '---\nalerts: []\n---\n# T\n## Description\nx\n', 'm.md');
    const messages = lintRunbook(runbook, 'm.md').map((p) => p.message);
    expect(messages).toContain('has no section "Rollback"');
    expect(messages).toContain('names no alert in `alerts:`');
  });
});

describe('runbook names', () => {
  it('are never paths', () => {
    for (const name of [
      '../../etc/passwd',
      '/etc/passwd',
      '..',
      '.hidden',
      'a/b',
      'a\\b',
      'a\u{0}b',
      'A',
      '',
      'x'.repeat(65),
      'a..b',
    ]) {
      expect(isRunbookName(name), JSON.stringify(name)).toBe(false);
    }
    expect(isRunbookName('model-latency_high.v2')).toBe(true);
  });
});

describe('the registry', () => {
  it('finds a runbook by the end of the rule’s runbook_url, else by the alert’s name', () => {
    const dir = folder({ 'model-latency-high.md': COMPLETE });
    const registry = loadRunbooks({ dir, baseUrl: 'https://wiki.example.com/runbooks/' });
    expect(registry.problems).toEqual([]);
    expect(registry.byUrl('https://wiki.internal/runbooks/model-latency-high')?.name).toBe('model-latency-high');
    expect(registry.byUrl('https://wiki.example.com/runbooks/model-latency-high.md?x=1#y')?.name).toBe(
      'model-latency-high',
    );
    expect(registry.find('ModelLatencyP99High', '')?.name).toBe('model-latency-high');
    expect(registry.find('Other', 'https://wiki.internal/other')).toBeUndefined();
  });

  it('opens nothing for a hostile URL', () => {
    const dir = folder({ 'model-latency-high.md': COMPLETE });
    const registry = loadRunbooks({ dir, baseUrl: 'https://wiki.example.com/' });
    for (const url of [
      'https://wiki.example.com/../../etc/passwd',
      'https://x/%2e%2e%2fetc%2fpasswd',
      'https://x/%00',
      'https://x/%',
      'javascript:alert(1)',
      '',
      'x'.repeat(5000),
    ]) {
      expect(registry.byUrl(url), url.slice(0, 40)).toBeUndefined();
    }
  });

  it('leaves out links that lead out of the folder, oversized files and bad names, and says so', () => {
    const outside = folder({ 'secret.md': COMPLETE });
    const dir = folder({
      'good.md': COMPLETE,
      'Bad Name.md': COMPLETE,
      'huge.md': `${COMPLETE}${'x'.repeat(300_000)}`,
    });
    symlinkSync(join(outside, 'secret.md'), join(dir, 'link.md'));
    mkdirSync(join(dir, 'folder.md'));
    const registry = loadRunbooks({ dir });
    expect(registry.runbooks.map((runbook) => runbook.name)).toEqual(['good']);
    const messages = registry.problems.map((p) => `${p.at.file.slice(dir.length + 1)}: ${p.message}`).join('\n');
    expect(messages).toContain('link.md: leads out of the runbook folder');
    expect(messages).toContain('folder.md: is not a plain file');
    expect(messages).toContain('huge.md: larger than');
    expect(messages).toContain('Bad Name.md: a runbook is named');
  });

  it('warns when two runbooks claim one alert', () => {
    const dir = folder({ 'a.md': COMPLETE, 'b.md': COMPLETE });
    const registry = loadRunbooks({ dir });
    expect(registry.byAlert('ModelLatencyP99High')?.name).toBe('a');
    expect(registry.problems.map((p) => p.message)).toEqual(['ModelLatencyP99High already has the runbook a']);
  });

  it('of a folder that does not exist is empty and says why', () => {
    const registry = loadRunbooks({ dir: '/nonexistent/runbooks' });
    expect(registry.runbooks).toEqual([]);
    expect(registry.problems[0]?.message).toBe('no such folder');
  });
});
