import type { Position, Problem } from '../document/position.ts';
import { nearest } from '../document/suggest.ts';
import type { Directory } from '../people/directory.ts';
import type { SlackUser } from '../people/person.ts';
import type { Schedule } from './schedule.ts';

/** Somebody whom a schedule's file names, and where. */
export interface PlacedMember {
  readonly user: string;
  readonly at: Position;
}

/**
 * People in schedules who are nobody, or whom Slack does not reach; each once in a schedule, where it names them first.
 * @param accounts all that Slack has; empty where it was never asked, and then only names are looked at
 * @param severity of names that mean nobody; what Slack says of accounts may change and is a warning
 */
export function memberProblems(
  schedules: readonly Schedule[],
  directory: Directory,
  accounts: readonly SlackUser[],
  severity: Problem['severity'],
): Problem[] {
  const names = accounts
    .filter(({ standing }) => standing === 'member')
    .flatMap(({ name, email }) => [name, email ?? name]);
  return schedules.flatMap(({ members = [] }) => {
    const first = new Map<string, Position>();
    for (const { user, at } of members) if (!first.has(user)) first.set(user, at);
    return [...first].flatMap(([user, at]): Problem[] => {
      if (!directory.person(user)) {
        const near = nearest(user, names);
        const hint = near
          ? `did you mean ${near}?`
          : 'write an e-mail address or a Slack user id, or map it under `directory.users`';
        return [{ severity, at, message: `unknown member ${user}; ${hint}` }];
      }
      const account = accounts.length > 0 ? accountProblem(directory.account(user)) : undefined;
      return account === undefined ? [] : [{ severity: 'warning', at, message: `${user} ${account}` }];
    });
  });
}

/**
 * Unknown members that a changed file would bring. Names that were nobody's before are left to `gaps` and `check`: somebody who renames
 * an account must not keep every other change from taking effect.
 * @param accounts all that Slack has; where it was never asked nobody is unknown
 */
export function newUnknowns(
  next: { readonly schedules: readonly Schedule[]; readonly directory: Directory },
  running: { readonly schedules: readonly Schedule[]; readonly directory: Directory },
  accounts: readonly SlackUser[],
): Problem[] {
  if (accounts.length === 0) return [];
  const before = new Set(
    running.schedules
      .flatMap(({ members = [] }) => members.map(({ user }) => user))
      .filter((user) => running.directory.person(user) === undefined),
  );
  const schedules = next.schedules.map(({ members = [], ...schedule }) => ({
    ...schedule,
    members: members.filter(({ user }) => !before.has(user)),
  }));
  return memberProblems(schedules, next.directory, accounts, 'error').filter(({ severity }) => severity === 'error');
}

function accountProblem(account: SlackUser | undefined): string | undefined {
  switch (account?.standing) {
    case 'member':
      return undefined;
    case undefined:
      return 'has no Slack account: pages do not reach them there';
    case 'gone':
      return 'is deactivated: their turns reach nobody';
    case 'guest':
    case 'stranger':
      return 'is a guest in Slack and cannot act on alerts';
    case 'bot':
      return 'is a bot and answers nobody';
  }
}
