import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../src/config/load.ts';
import { DocumentError } from '../../src/document/position.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'watchroom-notifiers-'));
  folders.push(path);
  return path;
}

function load(text: string, baseDir = folder()): Config {
  const options = { cwd: baseDir, environment: {}, missingEnvironment: 'error' } as const;
  return parseConfig({ path: 'watchroom.yml', text }, baseDir, options);
}

function complaints(text: string): string[] {
  try {
    load(text);
    return [];
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return error.problems.map(({ at, message }) => `${at.line}:${at.col} ${message}`);
  }
}

describe('notifiers in watchroom.yml', () => {
  it('are read with their secrets from files beside it', () => {
    const base = folder();
    writeFileSync(join(base, 'token'), 'from-a-file\n');
    const { notifiers } = load(
      `notifiers:
  twilio: { account_sid: AC1, auth_token_file: token, from: '+15005550006', send: [{ matchers: ['priority="P1"'], to: ['+919812345678'] }] }
  ticket: { kind: gitlab, url: 'https://gitlab.example/', project: acme/ml, token: inline }
directory: { phones: { asha@example.com: '+919812345678' } }
`,
      base,
    );
    expect(notifiers.twilio?.authToken).toEqual({ kind: 'inline', value: 'from-a-file' });
    expect(notifiers.twilio?.apiUrl).toBe('https://api.twilio.com');
    expect(notifiers.twilio?.send[0]?.matchers).toHaveLength(1);
    expect(notifiers.ticket).toMatchObject({ url: 'https://gitlab.example', issueType: 'Task' });
    expect(notifiers.ticket?.matchers[0]?.matches('P2')).toBe(true);
  });

  it('that were never filled in are named, and the bot starts without them', () => {
    const { warnings } = load("notifiers: { ticket: { kind: github, project: a/b, token: '<GITHUB_TOKEN>' } }");
    expect(warnings.map(({ message }) => message)).toContain('token is a placeholder: nothing is sent this way');
  });

  it.each([
    ['notifiers: { twillio: {} }', /1:14 unknown key twillio in notifiers; did you mean twilio\?/],
    [
      "notifiers: { twilio: { account_sid: AC1, from: '+15005550006' } }",
      /auth_token or auth_token_file must be given/,
    ],
    ["notifiers: { twilio: { account_sid: AC1, auth_token: x, from: '12' } }", /expected a phone number/],
    ["notifiers: { twilio: { account_sid: AC1, auth_token_file: gone, from: '+15005550006' } }", /gone cannot be read/],
    ['notifiers: { ticket: { kind: trello, project: a, token: x } }', /kind/],
    ['notifiers: { ticket: { kind: jira, project: ML, token: x } }', /Jira has no address/],
    ['notifiers: { ticket: { kind: github, project: ml, token: x } }', /expected owner\/name/],
    [
      'notifiers: { ticket: { kind: github, project: a/b, token: x, matchers: [\'a=~"("\'] } }',
      /1:73 regular expression/,
    ],
    ["directory: { phones: { asha: '98123' } }", /expected a phone number/],
  ])('a mistake is told at its place: %s', (text, message) => {
    expect(complaints(text).join('\n')).toMatch(message);
  });
});
