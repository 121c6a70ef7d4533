import { type AuditRow, type ChainVerdict, chainHash, GENESIS, verifyChain } from './chain.ts';
import type { AuditEntry } from './entry.ts';
import type { AuditStore } from './store.ts';

export interface Audit {
  /** Must be called inside the transaction of the act, so that there is no act without its row and no row without its act. */
  record(entry: AuditEntry): void;
  /** Whether the trail is what was written. */
  verify(): ChainVerdict;
  /** The trail as JSON lines, oldest first; `before` and `after` as data. */
  lines(): Generator<string>;
}

const PAGE = 500;
const LONGEST_STATE = 16 * 1024;
const LONGEST_NAME = 300;

export function createAudit({ store }: { readonly store: AuditStore }): Audit {
  return {
    record(entry) {
      const last = store.last();
      const row: Omit<AuditRow, 'hash'> = {
        seq: (last?.seq ?? 0) + 1,
        at: Math.round(entry.at),
        actorId: name(entry.actor.id),
        actorName: name(entry.actor.name),
        via: name(entry.actor.via),
        action: name(entry.action),
        target: name(entry.target),
        before: stateText(entry.before),
        after: stateText(entry.after),
      };
      store.append({ ...row, hash: chainHash(last?.hash ?? GENESIS, row) });
    },
    verify: () => verifyChain(allRows(store), store.written()),
    *lines() {
      for (const { before, after, actorId, actorName, via, ...row } of allRows(store)) {
        const actor = { id: actorId, name: actorName, via };
        yield JSON.stringify({ ...row, actor, before: stateOf(before), after: stateOf(after) });
      }
    },
  };
}

function* allRows(store: AuditStore): Generator<AuditRow> {
  let seq = 0;
  for (;;) {
    const page = store.after(seq, PAGE);
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    seq = last.seq;
  }
}

/** Names and ids come from outside: well-formed, because the database keeps nothing else, and bounded. */
function name(text: string): string {
  return text.slice(0, LONGEST_NAME).toWellFormed();
}

/** An act must not fail because its description cannot be written down. */
function stateText(state: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(state)?.toWellFormed();
  } catch {
    return JSON.stringify({ omitted: 'not plain data' });
  }
  // undefined, functions and symbols have no JSON.
  if (text === undefined) return '';
  return text.length > LONGEST_STATE ? JSON.stringify({ omitted: `${text.length} characters` }) : text;
}

function stateOf(text: string): unknown {
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}
