import type { LimitOptions } from './limiter.ts';
import type { Manifest } from './manifest.ts';
import type { Identity, SeedChannel, SeedUser, SeedUsergroup } from './model.ts';

export interface WorkspaceOptions {
  /** 0 (default) takes any free port. */
  readonly port?: number;
  /** Loopback only: the workspace has no accounts. */
  readonly host?: '127.0.0.1';
  /** The app's manifest.json, parsed: slash commands, scopes, events. */
  readonly manifest: unknown;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly users?: readonly SeedUser[];
  readonly channels?: readonly SeedChannel[];
  readonly usergroups?: readonly SeedUsergroup[];
  /** Refuse what Slack refuses: blocks, scopes, tokens, membership. Default true. */
  readonly strict?: boolean;
  /** Enforce rate limits. Default false. */
  readonly limits?: boolean | LimitOptions;
  /** Signed HTTP: where commands, interactions and events go. Absent = Socket Mode. */
  readonly requestUrl?: string;
  /** Epoch milliseconds. Default the system clock. */
  readonly now?: () => number;
  /** A panel beside the page, shown in a frame (the demo's faults and speed). */
  readonly extraPanel?: { readonly url: string; readonly title?: string };
  /** Milliseconds until an unanswered command, click or submission counts as timed out. Default Slack's 3,000. */
  readonly ackTimeout?: number;
}

export const defaultUsers: readonly SeedUser[] = [
  { id: 'U01ALICE', name: 'Asha', realName: 'Asha', email: 'asha@example.com', tz: 'Asia/Kolkata', admin: true },
  { id: 'U02BOB', name: 'Bilal', realName: 'Bilal', email: 'bilal@example.com', tz: 'Asia/Kolkata' },
  { id: 'U03CHITRA', name: 'Chitra', realName: 'Chitra', email: 'chitra@example.com', tz: 'Asia/Kolkata' },
  { id: 'U04DEV', name: 'Dev', realName: 'Dev', email: 'dev@example.com', tz: 'America/Los_Angeles' },
];

export const defaultChannels: readonly SeedChannel[] = [
  { id: 'C01ML', name: 'ml-alerts', topic: 'P1: act now' },
  { id: 'C02WARN', name: 'ml-alerts-warnings', topic: 'P2: look today' },
  { id: 'C03INFO', name: 'ml-alerts-info', topic: 'Everything else: for the record' },
  { id: 'C04WATCH', name: 'watchroom', topic: 'Watchroom’s own health' },
];

export function identityFor(manifest: Manifest): Identity {
  return {
    teamId: 'T01LOCAL',
    teamName: 'Local workspace',
    teamDomain: 'local',
    appId: 'A01WATCHROOM',
    botId: 'B01WATCHROOM',
    botUserId: 'U00WATCHROOM',
    botName: manifest.botName,
  };
}
