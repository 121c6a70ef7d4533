import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { T0 } from '../incident/incident-world.ts';
import { drafts, emailConfig, type Refusals, type SmtpDesk, smtpDesk } from '../notifiers/smtp-desk.ts';
import { FALLBACK, OPERATIONS, openDesk, openTown, type Town } from './slack-desk.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

let town: Town;
beforeAll(async () => {
  town = await openTown();
});
afterAll(() => town.close());

let smtp: SmtpDesk;
afterEach(() => smtp.close());

/** As the other matrix; `simpler` is the plain text alone. */
type Meaning = 'dead' | 'simpler' | 'probe' | { readonly later: number };

interface FaultCase {
  readonly name: string;
  readonly refusals: Refusals;
  readonly meaning: Meaning;
  /** How many mails there are after the fault was met once: one whose answer was lost is there twice. */
  readonly mails?: number;
}

const SOON: Meaning = { later: 500 };
const GREY: Meaning = { later: MINUTE };

const FAULTS: readonly FaultCase[] = [
  { name: '421 to the connection', refusals: { connect: [421, '4.3.2 shutting down'] }, meaning: SOON },
  { name: '554 to the connection', refusals: { connect: [554, '5.7.1 go away'] }, meaning: 'dead' },
  { name: '451 to the sender', refusals: { from: [451, '4.7.1 greylisted'] }, meaning: GREY },
  { name: '452 to the sender', refusals: { from: [452, '4.3.1 no room'] }, meaning: SOON },
  { name: '550 to the sender', refusals: { from: [550, '5.1.8 no such sender'] }, meaning: 'dead' },
  { name: '552 to the sender: too large', refusals: { from: [552, '5.3.4 too large'] }, meaning: 'simpler' },
  { name: '450 to the recipient', refusals: { recipient: [450, '4.2.0 greylisted'] }, meaning: GREY },
  {
    name: '450 to the recipient for five minutes',
    refusals: { recipient: [450, '4.7.1 greylisted, try again in 5 minutes'] },
    meaning: { later: 5 * MINUTE },
  },
  { name: '452 to the recipient', refusals: { recipient: [452, '4.5.3 too many'] }, meaning: SOON },
  { name: '550 to the recipient', refusals: { recipient: [550, '5.1.1 no such user'] }, meaning: 'dead' },
  { name: '552 to the recipient: mailbox full', refusals: { recipient: [552, '5.2.2 full'] }, meaning: 'dead' },
  { name: '421 after the mail', refusals: { data: [421, '4.3.0 try later'] }, meaning: SOON },
  { name: '451 after the mail', refusals: { data: [451, '4.7.1 greylisted'] }, meaning: GREY },
  { name: '452 after the mail', refusals: { data: [452, '4.3.1 disk full'] }, meaning: SOON },
  { name: '550 after the mail', refusals: { data: [550, '5.7.1 looks like spam'] }, meaning: 'simpler' },
  { name: '554 after the mail', refusals: { data: [554, '5.6.0 bad content'] }, meaning: 'simpler' },
  { name: '454 to the password', refusals: { auth: [454, '4.7.0 temporarily'] }, meaning: SOON },
  { name: '535 to the password', refusals: { auth: [535, '5.7.8 wrong'] }, meaning: 'probe' },
  { name: 'a cut after the mail', refusals: { hangUpAfterData: true }, meaning: SOON, mails: 2 },
];

interface Settings {
  /** Whether TLS is required, and by whomever the certificate was signed. */
  readonly tls?: boolean;
  readonly known?: boolean;
  /** Whether the server offers TLS. */
  readonly offers?: boolean;
  readonly lifeMs?: number;
}

/** A server takes a tenth of a second to greet: what never ends need not last for an hour here. */
const SHORT = { lifeMs: 12 * MINUTE };

/** A desk whose only other way is Slack, with one mail in the outbox. */
async function open(refusals: Refusals, { tls = false, known = false, offers = true, lifeMs }: Settings = {}) {
  const isLoggingIn = refusals.auth !== undefined;
  const disabledCommands = [...(isLoggingIn ? [] : ['AUTH']), ...(offers ? [] : ['STARTTLS'])];
  smtp = await smtpDesk({ disabledCommands, allowInsecureAuth: true });
  Object.assign(smtp.refusals, refusals);
  const mail = {
    to: 'asha@example.com',
    from: 'watchroom@example.com',
    smarthost: `127.0.0.1:${smtp.port}`,
    require_tls: tls,
    tls_config: { insecure_skip_verify: known },
    ...(isLoggingIn && { auth_username: 'watchroom', auth_password: 'p4ssword-here-not' }),
  };
  const desk = openDesk(town, town.client, { receivers: [{ name: 'ml-mail', email_configs: [mail] } as never] });
  const [draft] = drafts(emailConfig(smtp.port));
  if (!draft) throw new Error('no mail');
  // Without its picture, which takes longer to draw than the mail to send.
  const { chart: _, ...payload } = draft.payload as { chart?: unknown };
  const life = lifeMs === undefined ? {} : { timeToLiveMs: lifeMs };
  const id = desk.put({ ...draft, payload, priority: 'P1', causedAt: T0, ...life });
  return { desk, id };
}

const said = (words: string): number =>
  [FALLBACK, OPERATIONS]
    .flatMap((channel) => town.workspace.state.messages(channel.slice(1)))
    .filter((message) => JSON.stringify(message).includes(words)).length;

/** When the next attempt may be made, after the first. */
async function nextAfter(desk: ReturnType<typeof openDesk>): Promise<number> {
  await desk.until(0);
  const row = desk.incidents.db.get<{ at: number }>(
    `SELECT not_before AS at FROM outbox WHERE kind = 'email' AND state = 'queued'`,
  );
  return row ? row.at - T0 : Number.NaN;
}

describe('a row for a mail server', { timeout: 30_000 }, () => {
  it.each(FAULTS)('survives $name once', async ({ refusals, meaning, mails = 1 }) => {
    const { desk, id } = await open(refusals);
    if (!refusals.hangUpAfterData) smtp.refusals.times = 1;
    const next = await nextAfter(desk);
    delete smtp.refusals.hangUpAfterData;
    await desk.until(1.5 * HOUR);
    const isDead = meaning === 'dead';
    const trail = desk.trail().map(({ action }) => action.replace('delivery.', ''));
    expect(desk.store.entry(id)?.state).toBe(isDead ? 'dead' : 'sent');
    if (typeof meaning === 'object') expect(next).toBe(meaning.later);
    expect(smtp.mails).toHaveLength(isDead ? 0 : mails);
    // A mail that came twice is known for one by its id.
    expect(new Set(smtp.mails.map(({ raw }) => /^Message-ID: (.*)\r$/m.exec(raw)?.[1])).size).toBe(isDead ? 0 : 1);
    if (meaning === 'simpler') expect(smtp.mails[0]?.raw).not.toContain('text/html');
    const isLate = typeof meaning === 'object' && meaning.later > 2 * MINUTE;
    expect(said('was not reached')).toBe(isDead || isLate ? 1 : 0);
    expect(said('refuses our credentials')).toBe(meaning === 'probe' ? 1 : 0);
    expect(trail).toEqual([
      ...(isDead ? ['undeliverable'] : []),
      ...(isLate ? ['late'] : []),
      ...(refusals.hangUpAfterData ? ['ambiguous'] : []),
      ...(meaning === 'probe' ? ['credentials_refused', 'credentials_work'] : []),
    ]);
    expect(JSON.stringify(desk.incidents.db.all('SELECT * FROM outbox'))).not.toContain('p4ssword');
    desk.close();
  });

  it.each(FAULTS)('ends and is told when $name never ends', async ({ refusals, meaning }) => {
    const { desk, id } = await open(refusals, SHORT);
    await desk.until(HOUR);
    const entry = desk.store.entry(id);
    expect(entry?.state).toBe('dead');
    const [refusal] = Object.values(refusals) as [number, string][];
    if (Array.isArray(refusal)) expect(entry?.lastReason).toContain(refusal[1].slice(0, 5));
    expect(said('was not reached')).toBeGreaterThanOrEqual(1);
    expect(said('was not reached')).toBeLessThanOrEqual(2);
    expect(desk.trail().filter(({ action }) => action === 'delivery.undeliverable')).toHaveLength(1);
    expect(desk.store.depth().filter(({ state }) => state === 'queued' || state === 'attempting')).toEqual([]);
    // The text alone was refused as well, or nothing else was tried.
    expect(entry?.degraded).toBe(meaning === 'simpler');
    desk.close();
  });

  it.each([
    ['offers no TLS where it is required', { tls: true, offers: false }],
    ['shows a certificate that nobody signed', { tls: true, known: false }],
  ] as const)('that %s gets no mail and no password, and the row waits for a better day', async (_, settings) => {
    const { desk, id } = await open({}, { ...settings, ...SHORT });
    await desk.until(10 * MINUTE);
    expect(smtp.mails).toEqual([]);
    expect(desk.store.entry(id)?.state).toBe('queued');
    await desk.until(HOUR);
    expect(desk.store.entry(id)?.state).toBe('dead');
    expect(said('was not reached')).toBe(2);
    desk.close();
  });

  it('over TLS is as good as any', async () => {
    const { desk, id } = await open({}, { tls: true, known: true });
    await desk.until(0);
    expect(desk.store.entry(id)?.state).toBe('sent');
    expect(smtp.mails[0]?.secure).toBe(true);
    desk.close();
  });

  it('that is not there is tried until the row is too old, and the P1 is told elsewhere after two minutes', async () => {
    const { desk, id } = await open({});
    await smtp.close();
    await desk.until(2 * MINUTE);
    expect(said('was not reached')).toBe(1);
    await desk.until(1.5 * HOUR);
    expect(desk.store.entry(id)?.state).toBe('dead');
    smtp = await smtpDesk();
    desk.close();
  });
});
