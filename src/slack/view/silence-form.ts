import { hiddenNowWords, lastWeekWords, type SilencePreview } from '../../incident/silence-preview.ts';
import type { SilenceEnd } from '../../routing/silence.ts';
import { humanDuration } from '../../time/duration.ts';
import { type Block, type ModalView, option, plainText, type SlackMessage, section } from './block.ts';
import { fit } from './limits.ts';
import { bold, esc, join, type Mrkdwn, mrkdwn } from './mrkdwn.ts';
import { endWords } from './silence.ts';
import { time } from './words.ts';

/** What the form is about to hide, or why it cannot. */
export type FormPreview =
  | {
      readonly kind: 'hides';
      readonly preview: SilencePreview;
      readonly end: SilenceEnd;
      /** Instant at which it ends at the latest. */
      readonly endsAt: number;
    }
  | { readonly kind: 'unclear'; readonly message: string };

export interface SilenceForm {
  /** A menu of names, or matchers to be edited. */
  readonly what:
    | { readonly kind: 'names'; readonly names: readonly string[]; readonly chosen: string }
    | { readonly kind: 'text'; readonly text: string };
  readonly duration: string;
  readonly comment: string;
  readonly metadata: string;
  readonly preview: FormPreview;
  /** The form was submitted with a preview that its writer has not seen yet. */
  readonly again: boolean;
}

interface Look {
  readonly timezone: string;
  readonly now: number;
}

/** Slack's own limits of a menu. */
const MOST_OPTIONS = 100;
const LONGEST_VALUE = 150;
/** Longer ones are for the command. */
const LONGEST_WHAT = 1000;
const MOST_GROUPS = 6;
/** A phone's keyboard may never send Enter. */
const EVERY_KEY = { trigger_actions_on: ['on_enter_pressed', 'on_character_entered'] } as const;

/** Who a silence is for, how long, why, and above the button what it hides: told anew with every change. */
export function silenceForm(form: SilenceForm, look: Look): ModalView {
  return {
    type: 'modal',
    callback_id: 'silence',
    private_metadata: form.metadata,
    title: plainText('Silence', 24),
    submit: plainText('Silence', 24),
    close: plainText('Cancel', 24),
    blocks: [
      whatInput(form.what),
      {
        type: 'input',
        block_id: 'duration',
        label: plainText('For how long', 75),
        hint: plainText('30m, 4h, 1d12h, until resolved, until unmatched 1h', 150),
        dispatch_action: true,
        element: {
          type: 'plain_text_input',
          action_id: 'silence_preview',
          initial_value: form.duration,
          max_length: 30,
          dispatch_action_config: EVERY_KEY,
        },
      },
      previewBlock(form.preview, form.again, look),
      {
        type: 'input',
        block_id: 'comment',
        label: plainText('Why', 75),
        optional: true,
        element: {
          type: 'plain_text_input',
          action_id: 'value',
          max_length: 500,
          ...(form.comment === '' ? {} : { initial_value: form.comment }),
        },
      },
    ],
  };
}

function whatInput(what: SilenceForm['what']): Block {
  const shared = { type: 'input', block_id: 'what', label: plainText('What', 75), dispatch_action: true } as const;
  if (what.kind === 'names') {
    const known = [...new Set(what.names)].filter((name) => name.length <= LONGEST_VALUE).slice(0, MOST_OPTIONS);
    const first = known.find((name) => name === what.chosen) ?? known[0];
    if (first !== undefined) {
      return {
        ...shared,
        element: {
          type: 'static_select',
          action_id: 'silence_preview',
          placeholder: plainText('Choose', 75),
          options: known.map((name) => option(name, name)),
          initial_option: option(first, first),
        },
      };
    }
  }
  const text = what.kind === 'text' ? what.text.slice(0, LONGEST_WHAT) : '';
  return {
    ...shared,
    hint: plainText('An alert’s name, or matchers: model_name=~"fraud.*"', 150),
    element: {
      type: 'plain_text_input',
      action_id: 'silence_preview',
      max_length: LONGEST_WHAT,
      dispatch_action_config: EVERY_KEY,
      ...(text === '' ? {} : { initial_value: text }),
    },
  };
}

function previewBlock(preview: FormPreview, again: boolean, look: Look): Block {
  const text = previewText(preview, look);
  return section(again ? join([AGAIN, text], '\n') : text);
}

const AGAIN = mrkdwn`👀 *This is what it hides.* Press Silence once more if you mean it.`;

function previewText(form: FormPreview, { timezone, now }: Look): Mrkdwn {
  if (form.kind === 'unclear') return mrkdwn`✏️ ${esc(form.message, 300)}`;
  const { preview, end, endsAt } = form;
  const { groups, lastWeek } = preview;
  const shown = groups.slice(0, MOST_GROUPS);
  const rest = groups.length - shown.length;
  const until = time(endsAt, '{date_short_pretty} {time}', timezone);
  const ends = endWords(end);
  const lasts = esc(humanDuration(endsAt - now));
  const sign = lastWeek.truePositives > 0 ? mrkdwn`⚠️ ` : mrkdwn``;
  return join(
    [
      mrkdwn`🔇 ${bold(esc('Hides now:'))} ${esc(hiddenNowWords(preview))}`,
      ...shown.map(({ label, alerts }) =>
        alerts === 1 ? mrkdwn`• ${esc(label, 100)}` : mrkdwn`• ${esc(label, 100)} × ${alerts}`,
      ),
      rest > 0 ? mrkdwn`• and ${rest} more` : undefined,
      mrkdwn`${sign}${bold(esc('Last week it would have hidden:'))} ${esc(lastWeekWords(lastWeek))}`,
      ends === ''
        ? mrkdwn`${bold(esc('Ends:'))} ${until} (${lasts})`
        : mrkdwn`${bold(esc('Lasts:'))} ${esc(ends)}, at most until ${until} (${lasts})`,
    ],
    '\n',
  );
}

/** The same words to one person, where no form can be opened. */
export function renderSilencePreview(preview: FormPreview, look: Look): SlackMessage {
  const text = previewText(preview, look);
  return fit({ text: mrkdwn`What this silence would hide`, blocks: [section(text)] });
}
