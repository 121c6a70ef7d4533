import { blockList } from './blocks.ts';
import { bool, byType, type Check, every, isObject, problemsOf, shape, text } from './check.ts';
import { plainText } from './composition.ts';
import type { Refusal } from './message.ts';

const VIEW_MAX_BYTES = 250_000;

const shared = {
  private_metadata: text({ min: 0, max: 3000 }),
  callback_id: text({ max: 255 }),
  external_id: text({ min: 0, max: 255 }),
};

const modal: Check = every(
  shape(
    { title: plainText({ max: 24 }), blocks: blockList('modal') },
    {
      ...shared,
      submit: plainText({ max: 24 }),
      close: plainText({ max: 24 }),
      clear_on_close: bool,
      notify_on_close: bool,
      submit_disabled: bool,
    },
  ),
  submitWithInputs,
);
const home: Check = shape({ blocks: blockList('home') }, shared);

/** The error `views.*` would answer for this view, or nothing. `kind` is the surface that the method opens. */
export function refuseView(view: unknown, kind: 'modal' | 'home'): Refusal | undefined {
  const check = kind === 'modal' ? byType({ modal }) : byType({ home });
  const problems = problemsOf(check, view, '/view');
  if (problems.length > 0) return { error: 'invalid_arguments', problems };
  if (Buffer.byteLength(JSON.stringify(view)) > VIEW_MAX_BYTES) return { error: 'view_too_large', problems: [] };
  return undefined;
}

/** A modal with an input block must be submittable. */
function submitWithInputs(value: unknown, at: string, report: (message: string, pointer: string) => void): void {
  if (!isObject(value) || !Array.isArray(value['blocks'])) return;
  const asks = value['blocks'].some((block: unknown) => isObject(block) && block['type'] === 'input');
  if (asks && value['submit'] === undefined) report('missing required field: submit (the view has an input block)', at);
}
