export const OTHER_KINDS = ['pagerduty', 'webhook', 'email', 'msteams', 'sms', 'ticket'] as const;
/** The notifiers beside Slack's, by their outbox kind. */
export type OtherKind = (typeof OTHER_KINDS)[number];

/** One message that took effect at somebody outside the program. */
export interface Heard {
  readonly kind: OtherKind;
  /** Which of the kind's destinations: rows for one go out one after the other. */
  readonly destination: string;
  /** Whose episode it speaks of: `model-01 17`. */
  readonly episode: string;
  /** What it says of it: `firing`, `resolved`. */
  readonly act: string;
  readonly at: number;
}

/** A call that a service has to answer. */
export interface ServiceCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly at: number;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The campaign's rule says `load of model-01 is 17` in the 17th episode of that model. */
export function episodeIn(text: string): string {
  const [, model = '', episode = ''] = /load of (model-\d+) is (\d+)/.exec(text) ?? [];
  return `${model} ${episode}`;
}
