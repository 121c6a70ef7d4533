import { z } from 'zod';
import { isPlaceholder, type SecretSource } from '../delivery/go-scalars.ts';
import type { Receiver } from '../delivery/receiver.ts';
import type { Problem } from '../document/position.ts';
import type { Located } from '../document/schema.ts';
import type { Path } from '../document/yaml.ts';
import { UserError } from '../errors.ts';
import type { Matcher } from '../labels/matcher.ts';
import type { MailDigestSettings } from '../notifiers/mail-digest.ts';
import { isPhoneNumber, type TwilioConfig } from '../notifiers/sms.ts';
import type { TicketConfig } from '../notifiers/ticket.ts';
import { parseMatchers } from '../routing/matcher-text.ts';
import { parseTimeOfDay } from '../time/wall-clock.ts';
import { isZone, localZone } from '../time/zone.ts';
import { createSecretReader, type SecretReader } from './secrets.ts';

const ApiUrl = z.string().refine((text) => /^https?:\/\/[^/]/.test(text) && URL.canParse(text), {
  error: 'expected an http(s) URL',
});

/** E.164, as in `directory.phones`. */
export const PhoneNumber = z.string().refine(isPhoneNumber, {
  error: 'expected a phone number such as +919812345678',
});

/** Ways to tell people that no receiver of the Alertmanager configuration speaks of. */
export const NotifiersSection = z.strictObject({
  twilio: z
    .strictObject({
      account_sid: z.string().min(1),
      auth_token: z.string().optional(),
      auth_token_file: z.string().optional(),
      /** A number, or a messaging service (`MG…`). */
      from: z
        .string()
        .refine((text) => isPhoneNumber(text) || /^MG[0-9a-fA-F]{32}$/.test(text) || text.startsWith('<'), {
          error: 'expected a phone number such as +15005550006, or a messaging service (MG…)',
        }),
      api_url: ApiUrl.default('https://api.twilio.com'),
      /** Who gets a text message when an incident opens, beside the people whom a ladder pages. */
      send: z
        .array(z.strictObject({ matchers: z.array(z.string()).default([]), to: z.array(PhoneNumber).min(1) }))
        .default([]),
    })
    .optional(),
  ticket: z
    .strictObject({
      kind: z.enum(['github', 'gitlab', 'jira']),
      url: ApiUrl.optional(),
      project: z.string().min(1),
      user: z.string().default(''),
      token: z.string().optional(),
      token_file: z.string().optional(),
      labels: z.array(z.string()).default([]),
      issue_type: z.string().default('Task'),
      matchers: z.array(z.string()).default(['priority="P2"']),
    })
    .optional(),
  /** Whose mail is gathered into one a day. */
  email_digest: z
    .strictObject({
      receivers: z.array(z.string()).min(1),
      at: z.string(),
      timezone: z.string().optional(),
    })
    .optional(),
});
export type NotifiersSection = z.output<typeof NotifiersSection>;

/** `notifiers:` with its secrets read and its matchers parsed. */
export interface NotifierSettings {
  readonly twilio?: TwilioConfig & {
    readonly send: readonly { readonly matchers: readonly Matcher[]; readonly to: readonly string[] }[];
  };
  readonly ticket?: TicketConfig & { readonly matchers: readonly Matcher[] };
  readonly emailDigest?: MailDigestSettings;
}

/** Problems are noted at their places; a part that has one is not to be used. */
export function readNotifiers(
  { value, at }: Pick<Located<unknown>, 'at'> & { readonly value: { readonly notifiers: NotifiersSection } },
  { baseDir, receivers }: { readonly baseDir: string; readonly receivers: ReadonlyMap<string, Receiver> },
  problems: Problem[],
): NotifierSettings {
  const { twilio, ticket, email_digest: digest } = value.notifiers;
  const reader = new SectionReader(at, createSecretReader(at, baseDir, problems), problems);
  const settings: NotifierSettings = {
    ...(twilio && {
      twilio: {
        accountSid: twilio.account_sid,
        authToken: reader.secret(['notifiers', 'twilio', 'auth_token'], twilio.auth_token, twilio.auth_token_file),
        from: twilio.from,
        apiUrl: twilio.api_url,
        send: twilio.send.map(({ matchers, to }, index) => ({
          matchers: reader.matchers(['notifiers', 'twilio', 'send', index, 'matchers'], matchers),
          to,
        })),
      },
    }),
    ...(ticket && {
      ticket: {
        kind: ticket.kind,
        url: (ticket.url ?? DEFAULT_URLS[ticket.kind]).replace(/\/+$/, ''),
        project: ticket.project,
        user: ticket.user,
        labels: ticket.labels,
        issueType: ticket.issue_type,
        token: reader.secret(['notifiers', 'ticket', 'token'], ticket.token, ticket.token_file),
        matchers: reader.matchers(['notifiers', 'ticket', 'matchers'], ticket.matchers),
      },
    }),
    ...(digest && { emailDigest: reader.digest(digest, receivers) }),
  };
  reader.placeholder(['notifiers', 'twilio', 'auth_token'], settings.twilio?.authToken);
  reader.placeholder(['notifiers', 'ticket', 'token'], settings.ticket?.token);
  if (ticket?.kind === 'jira' && ticket.url === undefined) {
    const message = 'Jira has no address of its own: give url, such as https://example.atlassian.net';
    problems.push({ severity: 'error', at: at(['notifiers', 'ticket', 'kind']), message });
  }
  if (ticket?.kind === 'github' && !/^[^/\s]+\/[^/\s]+$/.test(ticket.project)) {
    const message = `expected owner/name; got ${JSON.stringify(ticket.project)}`;
    problems.push({ severity: 'error', at: at(['notifiers', 'ticket', 'project']), message });
  }
  return settings;
}

const DEFAULT_URLS = { github: 'https://api.github.com', gitlab: 'https://gitlab.com', jira: '' } as const;

class SectionReader {
  readonly #at: Located<unknown>['at'];
  readonly #secrets: SecretReader;
  readonly #problems: Problem[];

  constructor(at: Located<unknown>['at'], secrets: SecretReader, problems: Problem[]) {
    this.#at = at;
    this.#secrets = secrets;
    this.#problems = problems;
  }

  secret(path: Path, inline: string | undefined, file: string | undefined): SecretSource {
    if (inline === undefined && file === undefined) {
      const name = String(path.at(-1));
      const at = this.#at(path.slice(0, -1));
      this.#problems.push({ severity: 'error', at, message: `${name} or ${name}_file must be given` });
    }
    return { kind: 'inline', value: this.#secrets.read(path, inline, file) };
  }

  digest(
    { receivers, at, timezone }: NonNullable<NotifiersSection['email_digest']>,
    known: ReadonlyMap<string, Receiver>,
  ): MailDigestSettings {
    const zone = timezone ?? localZone();
    const time = parseTimeOfDay(at);
    const fail = (path: Path, message: string): void => {
      this.#problems.push({ severity: 'error', at: this.#at(['notifiers', 'email_digest', ...path]), message });
    };
    for (const [index, name] of receivers.entries()) {
      if (!known.get(name)?.integrations.some(({ kind }) => kind === 'email'))
        fail(['receivers', index], `${JSON.stringify(name)} is no receiver with email_configs`);
    }
    if (time === undefined) fail(['at'], `expected a time such as 09:00; got ${JSON.stringify(at)}`);
    if (!isZone(zone)) fail(['timezone'], `${JSON.stringify(zone)} is no time zone; expected one such as Asia/Kolkata`);
    return { receivers, time: time ?? 0, zone };
  }

  placeholder(path: Path, secret: SecretSource | undefined): void {
    if (!isPlaceholder(secret)) return;
    const message = `${String(path.at(-1))} is a placeholder: nothing is sent this way`;
    this.#problems.push({ severity: 'warning', at: this.#at(path), message });
  }

  matchers(path: Path, texts: readonly string[]): Matcher[] {
    return texts.flatMap((text, index) => {
      try {
        return parseMatchers(text);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        this.#problems.push({ severity: 'error', at: this.#at([...path, index]), message: error.message });
        return [];
      }
    });
  }
}
