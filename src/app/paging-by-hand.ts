import type { Config } from '../config/load.ts';
import type { PageDirectory } from '../incident/page-target.ts';
import type { PeopleStore, Person } from '../people/person.ts';
import type { UserGroup } from '../people/registrar.ts';
import type { PageDesk } from '../slack/paging-by-hand.ts';

export interface PageDirectoryParts {
  readonly config: () => Config;
  readonly people: PeopleStore;
  readonly userGroup: (reference: string) => UserGroup | undefined;
  readonly otherWay: (person: Person) => 'sms' | undefined;
}

/** Whom a page by hand may mean here. */
export function pageDirectory({ config, people, userGroup, otherWay }: PageDirectoryParts): PageDirectory {
  return {
    userGroup,
    teams: () => teamsOf(config()),
    isPerson: ({ slackId, leftAt }) => {
      if (leftAt !== undefined) return false;
      if (slackId === undefined) return true;
      const user = people.user(slackId);
      return user !== undefined && user.standing !== 'bot' && user.standing !== 'gone';
    },
    names: () => people.users().flatMap(({ name, standing }) => (standing === 'member' ? [name] : [])),
    otherWay,
    channel: () => config().slack?.fallbackChannel,
  };
}

/** What the form offers beside people. */
export function pageChoices(config: Config): ReturnType<PageDesk['choices']> {
  return {
    schedules: config.onCall.schedules.map(({ name }) => name),
    policies: [...config.onCall.policies.keys()],
    teams: teamsOf(config),
  };
}

function teamsOf({ settings }: Config): string[] {
  const teams = Object.values(settings.models).flatMap(({ team }) => (team === undefined ? [] : [team]));
  return [...new Set(teams)].toSorted();
}
