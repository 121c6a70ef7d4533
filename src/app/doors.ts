import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Auth, createAuth } from '../api/auth.ts';
import type { Config } from '../config/load.ts';
import { UserError } from '../errors.ts';
import type { AlertLimits } from '../routing/limits.ts';

/**
 * Who may come in by HTTP.
 * @param host the address that is listened on, which a reload does not change
 * @throws UserError where `auth` and that address do not go together
 */
export function authOf(config: Config, host: string): Auth {
  const { auth } = config.settings;
  const tokens = auth.tokens.map(({ name, token, token_file, scopes }) => ({
    name,
    scopes,
    token: token_file === undefined ? (token ?? '') : tokenIn(resolve(config.baseDir, token_file), name),
  }));
  return createAuth({ host, tokens, anonymous: auth.anonymous });
}

function tokenIn(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UserError('invalid_auth', `auth.tokens: ${name}: ${path} cannot be read: ${reason}`);
  }
}

export function alertLimitsOf(config: Config): AlertLimits {
  const { limits } = config.settings;
  return {
    alerts: limits.alerts,
    alertsPerName: limits.alerts_per_name,
    labels: limits.labels,
    labelNameLength: limits.label_name_length,
    labelValueLength: limits.label_value_length,
    annotationsLength: limits.annotations_length,
  };
}
