import { lastWeekWords, type SilencePreview } from '../../incident/silence-preview.ts';
import type { MatchOperator } from '../../labels/matcher.ts';
import { humanDuration } from '../../time/duration.ts';
import { timeNear } from '../../time/wall-clock.ts';
import type { SilenceMatcher, SilenceSummary } from '../ports.ts';
import { actions, type Block, button, context, type SlackMessage, section } from './block.ts';
import { fit } from './limits.ts';
import { bold, code, esc, join, type Mrkdwn, mrkdwn, person } from './mrkdwn.ts';
import { count, time } from './words.ts';

interface SilenceLook {
  readonly now: number;
  readonly timezone: string;
}

/** Told in the channel: who hides how many models until when, with the way back. */
export function renderSilenced(
  silence: SilenceSummary,
  hidden: SilencePreview,
  author: string,
  look: SilenceLook,
): SlackMessage {
  const until = time(silence.endsAt, '{date_short_pretty} {time}', look.timezone);
  const lasts = humanDuration(silence.endsAt - look.now);
  const models = hidden.models.slice(0, 5).map((model) => esc(model, 60));
  const rest = hidden.models.length - models.length;
  const which = join([...models, rest > 0 ? mrkdwn`${rest} more` : undefined], ', ');
  const hides =
    hidden.alerts === 0
      ? esc('Nothing that fires now; what matches later is hidden.')
      : mrkdwn`Hides ${esc(count(hidden.alerts, 'open alert'))}${hidden.models.length === 0 ? NOTHING : mrkdwn` on ${esc(count(hidden.models.length, 'model'))}: ${which}`}.`;
  const ends = endWords(silence.end);
  const when = ends === '' ? mrkdwn`until ${until} (${esc(lasts)})` : mrkdwn`${esc(ends)}, at most until ${until}`;
  const week = mrkdwn`Would have hidden ${esc(lastWeekWords(hidden.lastWeek))} last week.`;
  const text = mrkdwn`🔇 ${person(author)} silenced ${matchersText(silence.matchers)} ${when}. ${hides} ${week}`;
  return {
    text: mrkdwn`${person(author)} silenced ${matchersText(silence.matchers)} until ${esc(timeNear(silence.endsAt, look.now, look.timezone))}`,
    blocks: [section(join([text, quoted(silence.comment, 300)], '\n')), undo(silence)],
  };
}

const NOTHING = esc('');

/** `until resolved for 10 min`; '' for one that ends at its time alone. */
export function endWords(end: SilenceSummary['end']): string {
  switch (end?.kind) {
    case undefined:
    case 'at':
      return '';
    case 'resolved':
      return `until resolved for ${humanDuration(end.forMs)}`;
    case 'unmatched':
      return `until it has matched nothing for ${humanDuration(end.forMs)}`;
  }
}

/** To its author alone, a quarter of an hour before it ends. */
export function renderSilenceEnding(silence: SilenceSummary, look: SilenceLook): SlackMessage {
  const what = matchersText(silence.matchers);
  const at = time(silence.endsAt, 'at {time}', look.timezone);
  const hides = esc(silence.hides === 0 ? 'It hides nothing now.' : `It hides ${count(silence.hides, 'alert')} now.`);
  return {
    text: mrkdwn`Your silence of ${what} ends in ${esc(humanDuration(silence.endsAt - look.now))}`,
    blocks: [
      section(mrkdwn`⏳ Your silence of ${what} ends ${at}. ${hides}`),
      actions('silence_ending', [
        button('silence_extend', 'Extend 2 h', silence.id),
        button('silence_extend_resolved', 'Until resolved', silence.id),
        button('silence_let_end', 'Let it end', silence.id),
      ]),
    ],
  };
}

/** Takes the place of that question once it was answered. */
export function renderSilenceAnswered(silence: SilenceSummary, look: SilenceLook): SlackMessage {
  const until = time(silence.endsAt, '{date_short_pretty} {time}', look.timezone);
  const ends = endWords(silence.end);
  const when = ends === '' ? mrkdwn`until ${until}` : mrkdwn`${esc(ends)}, at most until ${until}`;
  const text = mrkdwn`⏳ Your silence of ${matchersText(silence.matchers)} lasts ${when}`;
  return { text, blocks: [section(text)] };
}

function quoted(comment: string, most: number): Mrkdwn | undefined {
  const said = esc(comment, most);
  return said === '' ? undefined : mrkdwn`“${said}”`;
}

function undo(silence: SilenceSummary): Block {
  return actions('silence_undo', [button('unsilence', 'Undo', silence.id)]);
}

/** Takes the place of the notice once it was undone. */
export function renderUnsilenced(silence: SilenceSummary, by: string): SlackMessage {
  const text = mrkdwn`🔔 ${person(by)} ended the silence of ${matchersText(silence.matchers)}`;
  return { text, blocks: [section(text)] };
}

/** `/alert silences`: what is hidden, by whom, until when. */
export function renderSilences(silences: readonly SilenceSummary[], look: SilenceLook): SlackMessage {
  if (silences.length === 0) return { text: mrkdwn`No silences`, blocks: [section(mrkdwn`Nothing is silenced.`)] };
  const rows = silences
    .slice(0, 12)
    .map((silence) =>
      section(
        join(
          [
            matchersText(silence.matchers),
            join(
              [
                mrkdwn`until ${time(silence.endsAt, '{date_short_pretty} {time}', look.timezone)}`,
                person(silence.author),
                esc(silence.hides === 0 ? 'hides nothing now' : `hides ${count(silence.hides, 'alert')}`),
                quoted(silence.comment, 120),
                code(silence.id.slice(0, 8)),
              ],
              ' · ',
            ),
          ],
          '\n',
        ),
        button('unsilence', 'End', silence.id),
      ),
    );
  const title = esc(count(silences.length, 'silence'));
  const more = silences.length - rows.length;
  return fit({
    text: title,
    blocks: [section(bold(title)), ...rows, ...(more > 0 ? [context(mrkdwn`and ${more} more`)] : [])],
  });
}

/** An alert name stands for itself, other matchers as Prometheus writes them. */
export function matchersText(matchers: readonly SilenceMatcher[]): Mrkdwn {
  const name = matchers.find((matcher) => matcher.name === 'alertname' && matcher.operator === '=');
  const rest = matchers.filter((matcher) => matcher !== name).slice(0, 10);
  return join(
    [
      name ? bold(esc(name.value, 120)) : undefined,
      ...rest.map((matcher) => code(`${matcher.name}${sign(matcher.operator)}"${matcher.value}"`, 160)),
    ],
    ' ',
  );
}

function sign(operator: MatchOperator): string {
  return operator;
}
