import type { OutboxDraft } from '../delivery/outbox.ts';

/** Marks a row that concerns one person alone: of its failure nobody is told on another way; whoever put it in looks for itself. */
export function quietly(draft: OutboxDraft): OutboxDraft {
  return { ...draft, payload: { ...Object(draft.payload), quiet: true } };
}

export function isQuiet({ payload }: Pick<OutboxDraft, 'payload'>): boolean {
  return (Object(payload) as { readonly quiet?: unknown }).quiet === true;
}
