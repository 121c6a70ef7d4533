import type { DepartureStore } from './departure.ts';

/** Someone who can be told. */
export interface Person {
  /** The same for the same person however a file names them: Slack user id, else lower-case e-mail, else the name itself. */
  readonly key: string;
  /** For people to read. */
  readonly name: string;
  /** Absent where no Slack account is known: such a person cannot be reached by direct message. */
  readonly slackId?: string;
  readonly email?: string;
  /** IANA zone, from Slack; absent where unknown. */
  readonly zone?: string;
  /** Deactivated from then on: not to be told anything any more, on no way. */
  readonly leftAt?: number;
}

/** A Slack account as last read from Slack. */
export interface SlackUser {
  readonly id: string;
  readonly name: string;
  readonly email?: string;
  /** IANA zone. */
  readonly zone?: string;
  readonly standing: SlackStanding;
}

/** `guest`: restricted to some channels. `stranger`: from another organisation. `gone`: deactivated, in Slack or by HR. */
export type SlackStanding = 'member' | 'guest' | 'stranger' | 'bot' | 'gone';

/** Where Slack's accounts are remembered between two reads of the user list, and who was deactivated here. */
export interface PeopleStore extends Pick<DepartureStore, 'departures'> {
  users(): readonly SlackUser[];
  user(id: string): SlackUser | undefined;
  /** Upper and lower case are the same in an e-mail address. */
  userByEmail(email: string): SlackUser | undefined;
  /** Inserts or replaces by id. */
  save(users: readonly SlackUser[], seenAt: number): void;
}

/** The people of an account: `U012` in Slack, mail address and zone where Slack tells them. */
export function personOfUser(user: SlackUser): Person {
  return {
    key: user.id,
    name: user.name,
    slackId: user.id,
    ...(user.email !== undefined && { email: user.email }),
    ...(user.zone !== undefined && { zone: user.zone }),
  };
}
