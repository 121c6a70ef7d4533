import { printMatcher } from '../labels/matcher.ts';
import { tidy, words } from './command-text.ts';
import type { SilenceMatcher, SlackDeps } from './ports.ts';
import { spokenEnd } from './silence-end.ts';
import { END_HINT, readTarget, type SilenceRequest } from './silence-request.ts';
import type { ModalView } from './view/block.ts';
import { type FormPreview, silenceForm } from './view/silence-form.ts';

/** Where the form came from and what its preview has shown: kept in the modal itself. */
export interface FormMemory {
  /** Of the card it was opened from; '' for none. */
  readonly incidentId: string;
  /** Where everybody is told; '' for the fallback channel. */
  readonly channel: string;
  /** What is chosen from a menu of names, or typed. */
  readonly input: 'menu' | 'text';
  /** The matchers of the preview; '' where it could show none. */
  readonly shown: string;
}

/** What the inputs hold. */
export interface FormInput {
  readonly what: string;
  readonly duration: string;
  readonly comment: string;
}

/** What a filled form asks for, or which input is wrong and why. */
export type FormRequest =
  | Extract<SilenceRequest, { readonly kind: 'matchers' }>
  | { readonly kind: 'errors'; readonly errors: Readonly<Partial<Record<'what' | 'duration', string>>> };

const FIRST_DURATION = '2h';
/** Slack allows 3,000 characters in all. */
const LONGEST_SHOWN = 2500;

/** Its lines; none of them can contain a line break. */
export function formMemory(metadata: string): FormMemory {
  const [incidentId = '', channel = '', input = '', shown = ''] = metadata.split('\n');
  return { incidentId, channel, input: input === 'menu' ? 'menu' : 'text', shown };
}

/** A card's own labels are read to the letter; what a person typed as commands are. */
export function formInput(values: ReadonlyMap<string, string>, memory: FormMemory, deps: SlackDeps): FormInput {
  const what = values.get('what') ?? '';
  const own = memory.incidentId === '' ? undefined : deps.silences.matchersOf(memory.incidentId);
  return {
    what: memory.input === 'menu' ? quoted(what) : own && printed(own) === what ? what : tidy(what),
    duration: tidy(values.get('duration') ?? ''),
    comment: (values.get('comment') ?? '').slice(0, 500),
  };
}

/** A card's form: its group's labels, to be widened or narrowed. undefined for an incident that is not known any more. */
export function formOfIncident(incidentId: string, deps: SlackDeps, now: number): ModalView | undefined {
  const matchers = deps.silences.matchersOf(incidentId);
  const what = matchers && printed(matchers);
  return what === undefined ? undefined : formView({ incidentId, channel: '', input: 'text' }, { what }, deps, now);
}

/** For whoever has said what, but not yet for how long, or wants to look first. */
export function formOfText(input: Partial<FormInput>, channel: string, deps: SlackDeps, now: number): ModalView {
  return formView({ incidentId: '', channel, input: 'text' }, input, deps, now);
}

/** A menu of names: what is open first, because that is what somebody wants to be quiet about. */
export function formOfNames(channel: string, deps: SlackDeps, now: number): ModalView {
  const [what] = namesOf(deps, now);
  if (what === undefined) return formOfText({}, channel, deps, now);
  return formView({ incidentId: '', channel, input: 'menu' }, { what: quoted(what) }, deps, now);
}

/** The form with the preview of what its inputs hold now. @param again it was submitted while it showed another one */
export function formView(
  memory: Omit<FormMemory, 'shown'>,
  { what = '', duration = FIRST_DURATION, comment = '' }: Partial<FormInput>,
  deps: SlackDeps,
  now: number,
  again = false,
): ModalView {
  const preview = previewOf({ what, duration }, deps, now);
  const shown = shownBy(what, deps, now);
  const metadata = [memory.incidentId, memory.channel, memory.input, shown].join('\n');
  const names = namesOf(deps, now);
  const element =
    memory.input === 'menu'
      ? ({ kind: 'names', names, chosen: what.replace(/^"(.*)"$/, '$1') } as const)
      : ({ kind: 'text', text: what } as const);
  const view = { what: element, duration, comment, metadata, preview, again };
  return silenceForm(view, { timezone: deps.settings.timezone, now });
}

/** What would be hidden by what was typed so far. A length that cannot be read yet is taken for the usual one. */
export function previewOf(input: Pick<FormInput, 'what' | 'duration'>, deps: SlackDeps, now: number): FormPreview {
  const matchers = matchersOf(input.what, deps, now);
  if (matchers.kind === 'invalid') return { kind: 'unclear', message: matchers.message };
  const end = lastsFor(input.duration);
  if (!end) return { kind: 'unclear', message: `For how long? ${END_HINT}.` };
  return {
    kind: 'hides',
    preview: deps.silences.preview(matchers.matchers, now),
    end: end.end,
    endsAt: now + end.endsAfterMs,
  };
}

export function readForm(input: FormInput, deps: SlackDeps, now: number): FormRequest {
  const target = matchersOf(input.what, deps, now);
  const lasts = lastsFor(input.duration);
  if (target.kind === 'invalid' || !lasts) {
    return {
      kind: 'errors',
      errors: {
        ...(target.kind === 'invalid' && { what: target.message.slice(0, 300) }),
        ...(!lasts && { duration: `This must be ${END_HINT}.` }),
      },
    };
  }
  return { ...target, endsAfterMs: lasts.endsAfterMs, end: lasts.end, comment: input.comment };
}

/** The matchers whose preview a form with this text shows; '' for none. */
export function shownBy(what: string, deps: SlackDeps, now: number): string {
  const target = matchersOf(what, deps, now);
  return target.kind === 'invalid' ? '' : printed(target.matchers).slice(0, LONGEST_SHOWN);
}

export function printed(matchers: readonly SilenceMatcher[]): string {
  return matchers.map(printMatcher).join(', ');
}

/** An incident's id stands for its group's labels. */
function matchersOf(
  what: string,
  deps: SlackDeps,
  now: number,
): Extract<ReturnType<typeof readTarget>, { kind: 'matchers' | 'invalid' }> {
  const target = readTarget(what, deps, now);
  if (target.kind !== 'incident') return target;
  const matchers = deps.silences.matchersOf(target.id);
  return matchers
    ? { kind: 'matchers', matchers }
    : { kind: 'invalid', message: `No incident is called “${target.id}”.` };
}

function lastsFor(duration: string): Exclude<ReturnType<typeof spokenEnd>, 'invalid'> {
  const typed = words(duration);
  const spoken = spokenEnd(typed);
  return spoken === undefined || spoken === 'invalid' || spoken.used < typed.length ? undefined : spoken;
}

function namesOf(deps: SlackDeps, now: number): readonly string[] {
  const open = deps.actions.list({ open: true }, now).map(({ alertName }) => alertName);
  return [...new Set([...open, ...deps.silences.alertNames(now)])];
}

/** A name that may contain spaces, as one word. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '')}"`;
}
