import type { Job } from '../time/loop.ts';
import type { SlackLiveness } from './link.ts';
import type { SlackMessage } from './view/block.ts';
import { renderLinkDown, renderLinkUp } from './view/link.ts';

export interface LinkWatchPorts {
  readonly liveness: () => SlackLiveness;
  /** A message for the operators, into the outbox. */
  readonly say: (message: SlackMessage, now: number) => void;
  /** Real time at the start. */
  readonly startedAt: number;
}

const LOOK_EVERY_MS = 15_000;
/** A socket is renewed every few hours, and that takes seconds. */
const TELL_AFTER_MS = 120_000;

/**
 * Tells the operators when buttons and commands do not reach us: posting goes on without the socket, so nobody would notice. On the
 * wire's clock; whether it was told is forgotten in a restart, which begins with a new connection anyway.
 */
export class LinkWatch implements Job {
  readonly name = 'slack-link';
  readonly #o: LinkWatchPorts;
  #dueAt: number;
  #told = false;

  constructor(ports: LinkWatchPorts) {
    this.#o = ports;
    this.#dueAt = ports.startedAt;
  }

  nextDue(): number {
    return this.#dueAt;
  }

  async run(now: number): Promise<void> {
    this.#dueAt = now + LOOK_EVERY_MS;
    const { connected, since, failure } = this.#o.liveness();
    if (connected && this.#told) {
      this.#told = false;
      this.#o.say(renderLinkUp(), now);
    } else if (!connected && !this.#told && now - since >= TELL_AFTER_MS) {
      this.#told = true;
      this.#o.say(renderLinkDown(now - since, failure), now);
    }
  }
}
