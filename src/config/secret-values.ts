import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from './load.ts';

const DEEPEST = 12;

/**
 * Every secret of a configuration as a text, for whoever must never show one: Slack's tokens, tokens of the HTTP server, and what
 * receivers and notifiers hold, in the file or in files of their own as they are now. One that cannot be read is left out.
 */
export function secretValues(config: Config): readonly string[] {
  const { slack, settings, routing, notifiers, baseDir, receiverFolder } = config;
  const found = new Set<string>();
  const fromFile = (folder: string, path: string): void => {
    try {
      found.add(readFileSync(resolve(folder, path), 'utf8').trim());
    } catch {
      // Whoever uses it says so.
    }
  };
  for (const text of [slack?.botToken, slack?.appToken, slack?.signingSecret]) if (text) found.add(text);
  for (const { token, token_file: file } of settings.auth.tokens) {
    if (token !== undefined) found.add(token);
    if (file !== undefined) fromFile(baseDir, file);
  }
  const walk = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > DEEPEST) return;
    if (value instanceof Map || Array.isArray(value)) {
      for (const part of value.values()) walk(part, depth + 1);
      return;
    }
    const parts = new Map<string, unknown>(Object.entries(value));
    const [kind, inline, path] = [parts.get('kind'), parts.get('value'), parts.get('path')];
    if (kind === 'inline' && typeof inline === 'string') found.add(inline);
    else if (kind === 'file' && typeof path === 'string') fromFile(receiverFolder, path);
    else for (const part of parts.values()) walk(part, depth + 1);
  };
  walk(routing.config.receivers, 0);
  walk(notifiers, 0);
  found.delete('');
  return [...found];
}
