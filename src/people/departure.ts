/** Somebody whom HR has deactivated here, whatever Slack's account says. */
export interface Departure {
  /** Lower-case e-mail address, else Slack user id. */
  readonly key: string;
  readonly email?: string;
  readonly slackId?: string;
  /** As Slack last called the account; absent where none was known. */
  readonly name?: string;
  /** From then on: what was before stays theirs. */
  readonly at: number;
}

/** Who was deactivated. Every method joins the caller's transaction. */
export interface DepartureStore {
  departures(): readonly Departure[];
  depart(departure: Departure): void;
  /** Takes it back; nothing where there is none. */
  readmit(key: string): void;
}

/** From when on somebody named like this is gone; undefined for everybody else. */
export type Leavers = (reference: string) => number | undefined;
