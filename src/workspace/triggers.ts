import { randomBytes } from 'node:crypto';

/** Slack's limits for what an interaction hands to the app. */
const TRIGGER_MS = 3_000;
const RESPONSE_URL_MS = 30 * 60_000;
const RESPONSE_URL_USES = 5;

interface Trigger {
  readonly user: string;
  readonly at: number;
  used: boolean;
}

/** Where a response_url posts to. */
export interface ResponseTarget {
  readonly user: string;
  readonly channel: string;
  /** The message that was acted on: what `replace_original` and `delete_original` mean. */
  readonly original?: { readonly ts: string; readonly ephemeral: boolean };
  readonly threadTs?: string;
}

interface ResponseUrl {
  readonly target: ResponseTarget;
  readonly at: number;
  uses: number;
}

/** Issues trigger ids and response urls, and says when they are spent. */
export class Triggers {
  readonly #triggers = new Map<string, Trigger>();
  readonly #urls = new Map<string, ResponseUrl>();
  readonly #now: () => number;
  #serial = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  clear(): void {
    this.#triggers.clear();
    this.#urls.clear();
  }

  issueTrigger(user: string): string {
    this.#serial += 1;
    const id = `${this.#serial}.${this.#now()}.${randomBytes(8).toString('hex')}`;
    this.#triggers.set(id, { user, at: this.#now(), used: false });
    return id;
  }

  /** The user to show the view to; spends the trigger. */
  spendTrigger(id: string): { readonly user: string } | { readonly error: string } {
    const trigger = this.#triggers.get(id);
    if (!trigger) return { error: 'invalid_trigger_id' };
    if (trigger.used) return { error: 'exchanged_trigger_id' };
    if (this.#now() - trigger.at > TRIGGER_MS) return { error: 'expired_trigger_id' };
    trigger.used = true;
    return { user: trigger.user };
  }

  /** The path part of a new response_url. */
  issueResponsePath(target: ResponseTarget): string {
    const secret = randomBytes(12).toString('hex');
    this.#urls.set(secret, { target, at: this.#now(), uses: 0 });
    return `/_response/${secret}`;
  }

  spendResponseUrl(secret: string): ResponseTarget | { readonly error: string } {
    const url = this.#urls.get(secret);
    if (!url) return { error: 'invalid_url' };
    if (this.#now() - url.at > RESPONSE_URL_MS) return { error: 'expired_url' };
    if (url.uses >= RESPONSE_URL_USES) return { error: 'used_url' };
    url.uses += 1;
    return url.target;
  }
}
