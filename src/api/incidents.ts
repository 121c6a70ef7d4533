import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { Actor, ActResult, IncidentActions, IncidentSummary } from '../incident/actions.ts';
import { eventText } from '../incident/event-text.ts';
import type { Lookup } from '../incident/lookup.ts';
import type { IncidentReader, Incidents } from '../incident/ports.ts';
import {
  LONGEST_UNTIL_MS,
  type SilenceActs,
  type SilenceLine,
  type SilenceOutcome,
  USUAL_END_MS,
  type WrittenMatcher,
} from '../incident/silence-acts.ts';
import { hiddenNowWords, lastWeekWords } from '../incident/silence-preview.ts';
import { printMatcher } from '../labels/matcher.ts';
import { parseMatchers } from '../routing/matcher-text.ts';
import type { SilenceEnd } from '../routing/silence.ts';
import { humanDuration, parseDuration } from '../time/duration.ts';
import { isoInstant } from '../time/instant.ts';
import type { Why } from '../trace/why.ts';
import { type Endpoint, searchOf, serveEndpoints } from './endpoints.ts';
import { actorOf, readBody } from './request.ts';
import type { Routes } from './server.ts';

/** Incidents for the command line and for other programs: the same acts as in Slack, with the same rights and audit rows. */
export interface IncidentApiPorts {
  readonly actions: IncidentActions;
  readonly reader: Pick<IncidentReader, 'events' | 'state'>;
  readonly find: (id: string) => Lookup;
  readonly handOver: Incidents['handOver'];
  readonly reassign: Incidents['reassign'];
  readonly silences: Pick<
    SilenceActs,
    'create' | 'untilResolved' | 'expire' | 'list' | 'alertNames' | 'preview' | 'matchersOf'
  >;
  /** Why an incident's alert was or was not heard. */
  readonly why: (incidentId: string, now: number) => Why | undefined;
  /** How a person's id is written. */
  readonly nameOf: (id: string) => string;
  /** Domain time. */
  readonly now: () => number;
}

const LONGEST_SILENCE_MS = 366 * 86_400_000;
const SHORTEST_SILENCE_MS = 60_000;

export function incidentRoutes(ports: IncidentApiPorts): Routes {
  return (server) => {
    server.register(async (scope) => serve(scope, ports), { prefix: '/api/watchroom' });
  };
}

function serve(scope: FastifyInstance, ports: IncidentApiPorts): void {
  serveEndpoints(scope, [...incidentEndpoints(ports), ...silenceEndpoints(ports)], async (request, reply, allowed) =>
    reply.code(405).send({ error: `${request.method} is not for this path; ${allowed.join(', ')} is`, code: 'method' }),
  );
}

function incidentEndpoints(ports: IncidentApiPorts): Endpoint[] {
  const { actions, now } = ports;
  const act = (name: string, run: (id: string, actor: Actor, request: FastifyRequest) => ActResult): Endpoint => ({
    method: 'POST',
    path: `/incidents/:id/${name}`,
    needs: 'incidents:write',
    handle: (request) => outcome(run(idOf(request), actorOf(request), request)),
  });
  return [
    { method: 'GET', path: '/incidents', needs: 'read', handle: (request) => list(request, ports) },
    { method: 'GET', path: '/incidents/:id', needs: 'read', handle: (request) => detail(idOf(request), ports) },
    {
      method: 'GET',
      path: '/incidents/:id/why',
      needs: 'read',
      handle: (request) => {
        const why = ports.why(found(idOf(request), ports).id, now());
        if (!why) throw new UserError('not_found', 'nothing is known of its alerts any more');
        return why;
      },
    },
    act('acknowledge', (id, actor) => actions.acknowledge(id, actor, now())),
    act('escalate', (id, actor) => ports.handOver(id, actor, now())),
    act('reassign', (id, actor, { body }) => ports.reassign(id, readBody(body, ReassignBody).person, actor, now())),
    act('resolve', (id, actor, { body }) => actions.resolve(id, actor, now(), readBody(body, Resolve).anyway)),
    act('verdict', (id, actor, { body }) => {
      const { verdict } = readBody(body, VerdictBody);
      return verdict === 'none' ? actions.undoVerdict(id, actor, now()) : actions.verdict(id, verdict, actor, now());
    }),
    {
      method: 'POST',
      path: '/incidents/:id/silence',
      needs: 'silences:write',
      handle: (request) => {
        const asked = readBody(request.body, SilenceLength);
        return silenceView(silenceIncident(idOf(request), asked, actorOf(request), ports), ports);
      },
    },
  ];
}

function silenceEndpoints(ports: IncidentApiPorts): Endpoint[] {
  const { silences, now } = ports;
  return [
    {
      method: 'GET',
      path: '/silences',
      needs: 'read',
      handle: () => silences.list(now()).map((line) => lineView(line)),
    },
    {
      method: 'POST',
      path: '/silences',
      needs: 'silences:write',
      handle: (request) => silenceView(silenceTarget(request, ports), ports),
    },
    {
      method: 'POST',
      path: '/silences/preview',
      needs: 'read',
      handle: (request) => previewView(request, ports),
    },
    {
      method: 'DELETE',
      path: '/silences/:id',
      needs: 'silences:write',
      handle: (request) =>
        silenceView(silences.expire(silenceId(idOf(request), ports), actorOf(request), now()), ports),
    },
  ];
}

const ReassignBody = z.strictObject({ person: z.string().trim().min(1).max(250) });
const Resolve = z.strictObject({ anyway: z.boolean().default(false) });
const VerdictBody = z.strictObject({
  verdict: z.enum(['true_positive', 'false_positive', 'not_actionable', 'none']),
});
const Length = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= SHORTEST_SILENCE_MS && ms <= LONGEST_SILENCE_MS) return ms;
  context.issues.push({ code: 'custom', input: text, message: 'expected a duration such as 2h, from 1m to 1y' });
  return z.NEVER;
});
const lengthFields = {
  /** Either how long, or until it has been resolved, or has matched nothing, for `after`. */
  for: Length.optional(),
  until: z.enum(['resolved', 'unmatched']).optional(),
  after: Length.optional(),
  comment: z.string().max(500).default(''),
};
const SilenceLength = z.strictObject(lengthFields);
const SilenceTarget = z.strictObject({ ...lengthFields, target: z.string().min(1).max(2000) });

/** @throws UserError with what is wrong and where */
function list(request: FastifyRequest, { actions, now }: IncidentApiPorts): object[] {
  const search = searchOf(request);
  const text = search.get('text');
  const open = search.get('all') !== 'true';
  return actions.list({ open, ...(text !== null && { text }) }, now()).map((one) => summaryView(one, now()));
}

function detail(id: string, ports: IncidentApiPorts): object {
  const incident = found(id, ports);
  const [summary] = ports.actions
    .list({ open: false, text: incident.id }, ports.now())
    .filter((one) => one.id === incident.id);
  const state = ports.reader.state(incident.id, ports.now());
  return {
    ...(summary && summaryView(summary, ports.now())),
    id: incident.id,
    labels: incident.groupLabels.toJSON(),
    summary: state?.summary ?? '',
    description: state?.description ?? '',
    runbook: state?.runbookUrl || (state?.runbook ?? ''),
    dashboard: state?.dashboardUrl ?? '',
    members: (state?.members ?? []).map(({ fingerprint, label, state: kind }) => ({ fingerprint, label, state: kind })),
    ladder: (state?.ladder ?? []).map(({ who, at, state: kind }) => ({
      who: who.map(ports.nameOf),
      at: isoInstant(at),
      state: kind,
    })),
    timeline: ports.reader
      .events(incident.id)
      .map((event) => ({ at: isoInstant(event.at), kind: event.kind, text: eventText(event, ports.nameOf) })),
  };
}

function summaryView({ openedAt, ref, ...rest }: IncidentSummary, now: number): object {
  return { ...rest, openedAt: isoInstant(openedAt), ageSeconds: (now - openedAt) / 1000, ...(ref && { slack: ref }) };
}

function found(id: string, { find }: IncidentApiPorts): Extract<Lookup, { kind: 'found' }>['incident'] {
  const result = find(id);
  if (result.kind === 'refused') throw refusal(result.refusal);
  return result.incident;
}

/** @throws UserError for everything that did not happen */
function outcome(result: ActResult): object {
  switch (result.kind) {
    case 'done':
      return { incident: result.incidentId, changed: result.changed, message: result.message };
    case 'confirm':
      throw new UserError('confirm', result.message);
    case 'refused':
      throw refusal(result);
  }
}

function refusal({ code, message }: Extract<ActResult, { kind: 'refused' }>): UserError {
  return new UserError(code, message);
}

type Asked = z.output<typeof SilenceLength>;

function silenceIncident(id: string, asked: Asked, actor: Actor, ports: IncidentApiPorts): SilenceOutcome {
  const { actions, silences, now } = ports;
  const { end, endsAfterMs } = endOf(asked);
  if (end.kind !== 'at') return silences.untilResolved(found(id, ports).id, actor, now(), asked.comment, end);
  const result = actions.silence(id, actor, now(), now() + endsAfterMs, asked.comment);
  if (result.kind !== 'done')
    throw result.kind === 'refused' ? refusal(result) : new UserError('confirm', result.message);
  const silence = silences.list(now()).find((line) => line.id === result.silenceId);
  if (!silence) throw new UserError('not_found', 'the silence has ended already');
  return { kind: 'done', silence, changed: result.changed };
}

function endOf({ for: forMs, until, after }: Asked): { readonly end: SilenceEnd; readonly endsAfterMs: number } {
  if (until === undefined && forMs !== undefined && after === undefined)
    return { end: { kind: 'at' }, endsAfterMs: forMs };
  if (until !== undefined && forMs === undefined)
    return { end: { kind: until, forMs: after ?? USUAL_END_MS[until] }, endsAfterMs: LONGEST_UNTIL_MS };
  throw new UserError(
    'invalid_body',
    'say for how long: "for": "2h", or "until": "resolved" or "unmatched", which may have an "after": "30m"',
  );
}

type Target =
  | { readonly kind: 'incident'; readonly id: string }
  | { readonly kind: 'matchers'; readonly matchers: readonly WrittenMatcher[] };

/** Matchers silence what they match; a name of a rule or an alert all of that name; an incident's id its group. */
function targetOf(text: string, { silences, now }: IncidentApiPorts): Target {
  if (text.startsWith('{') || /[=~]/.test(text)) {
    const matchers = parseMatchers(text).map(({ name, operator, value }) => ({ name, operator, value }));
    return { kind: 'matchers', matchers };
  }
  const name = silences.alertNames(now()).find((known) => known.toLowerCase() === text.toLowerCase());
  if (name === undefined) return { kind: 'incident', id: text };
  return { kind: 'matchers', matchers: [{ name: 'alertname', operator: '=', value: name }] };
}

function silenceTarget(request: FastifyRequest, ports: IncidentApiPorts): SilenceOutcome {
  const { target: text, ...asked } = readBody(request.body, SilenceTarget);
  const target = targetOf(text, ports);
  if (target.kind === 'incident') return silenceIncident(target.id, asked, actorOf(request), ports);
  const { silences, now } = ports;
  const { end, endsAfterMs } = endOf(asked);
  const draft = { matchers: target.matchers, endsAt: now() + endsAfterMs, end, comment: asked.comment };
  return silences.create(draft, actorOf(request), now());
}

/** What a silence would hide, without making it. The body is that of making it; how long may be left out. */
function previewView(request: FastifyRequest, ports: IncidentApiPorts): object {
  const { target: text } = readBody(request.body, SilenceTarget);
  const target = targetOf(text, ports);
  const { silences, now } = ports;
  const matchers = target.kind === 'matchers' ? target.matchers : silences.matchersOf(found(target.id, ports).id);
  if (!matchers || matchers.length === 0) throw new UserError('invalid', `"${text}" is nothing that can be silenced`);
  const preview = silences.preview(matchers, now());
  const message = `hides now: ${hiddenNowWords(preview)}; would have hidden last week: ${lastWeekWords(preview.lastWeek)}`;
  return { matchers: matchers.map(printMatcher), ...preview, message };
}

/** An id, its beginning, or the one alert name that a silence hides. */
function silenceId(text: string, { silences, now }: IncidentApiPorts): string {
  const named = silences
    .list(now())
    .filter(({ matchers }) => matchers.some(({ name, value }) => name === 'alertname' && value === text));
  if (named.length > 1) throw new UserError('invalid', `${named.length} silences hide ${text}: give an id`);
  return named[0]?.id ?? text;
}

function silenceView(result: SilenceOutcome, { silences, now }: IncidentApiPorts): object {
  if (result.kind === 'refused') throw refusal(result);
  const { silence, changed } = result;
  const preview = silences.preview(silence.matchers, now());
  const { alerts, models, lastWeek } = preview;
  const lasts = humanDuration(Math.max(0, silence.endsAt - now()));
  const message = changed
    ? `silence ${silence.id.slice(0, 8)} on ${silence.matchers.map(printMatcher).join(', ')}, ends ${endWords(silence.end)}in ${lasts}; hides ${alerts} now, would have hidden last week: ${lastWeekWords(lastWeek)}`
    : 'nothing changed';
  return { silence: lineView(silence), changed, hides: alerts, models, lastWeek, message };
}

function endWords(end: SilenceEnd): string {
  switch (end.kind) {
    case 'at':
      return '';
    case 'resolved':
      return `when resolved for ${humanDuration(end.forMs)}, at the latest `;
    case 'unmatched':
      return `when it has matched nothing for ${humanDuration(end.forMs)}, at the latest `;
  }
}

function lineView({ startsAt, endsAt, matchers, ...rest }: SilenceLine): object {
  const texts = matchers.map(printMatcher);
  return { ...rest, matchers: texts, startsAt: isoInstant(startsAt), endsAt: isoInstant(endsAt) };
}

function idOf(request: FastifyRequest): string {
  const { id } = request.params as { id: string };
  return id;
}
