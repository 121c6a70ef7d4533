import type { RequestListener } from 'node:http';
import { App, HTTPReceiver, SocketModeReceiver, type ViewResponseAction } from '@slack/bolt';
import { actionHandlers, modalHandlers, shortcutHandlers } from './actions/index.ts';
import { SILENT } from './client.ts';
import type { Effects } from './effect.ts';
import { take } from './face.ts';
import type { Interaction } from './interaction.ts';
import { Link, type SlackLiveness } from './link.ts';
import { actionOf, commandOf, eventOf, shortcutOf, submissionOf } from './payload.ts';
import { perform } from './perform.ts';
import type { SlackDeps } from './ports.ts';

/** How interactions reach us. */
export type SlackTransport =
  | { readonly kind: 'socket'; readonly appToken: string }
  | { readonly kind: 'http'; readonly signingSecret: string };

export interface SlackAppOptions {
  readonly transport: SlackTransport;
  readonly botToken: string;
  readonly apiUrl: string;
}

/** The Slack app, ready to be started. */
export interface SlackApp {
  /** Socket Mode: begins to connect and keeps trying; HTTP: nothing to do. Never throws. */
  start(): void;
  /** Ends within five seconds, whatever the socket does. */
  stop(): Promise<void>;
  liveness(): SlackLiveness;
  /** For HTTP mode: to be mounted under `/slack/events` without any body parser before it. */
  readonly requestListener: RequestListener | undefined;
}

const STOP_WITHIN_MS = 5000;
const TRY_AGAIN_MS = 30_000;

/** Bolt does signatures, envelopes and reconnects; what an interaction means is decided in `face.ts`. */
export function createSlackApp(deps: SlackDeps, options: SlackAppOptions): SlackApp {
  const link = new Link(deps.wire);
  const { transport, botToken, apiUrl } = options;
  const receiver =
    transport.kind === 'socket'
      ? new SocketModeReceiver({
          appToken: transport.appToken,
          // What keeps a socket from coming back is said nowhere else.
          logger: { ...SILENT, error: (...words: unknown[]) => link.failed(words.map(String).join(' ').slice(0, 300)) },
          // Only asks for the socket's address: this may be tried for ever, in small steps.
          installerOptions: {
            clientOptions: {
              slackApiUrl: apiUrl,
              timeout: 10_000,
              retryConfig: {
                forever: true,
                factor: 1.5,
                minTimeout: 500,
                maxTimeout: 15_000,
                randomize: true,
                unref: true,
              },
            },
          },
        })
      : new HTTPReceiver({ signingSecret: transport.signingSecret, endpoints: '/slack/events', logger: SILENT });
  const app = new App({
    receiver,
    logger: SILENT,
    // Identity is known per token; asking Slack here would make the start depend on it.
    authorize: () => Promise.resolve({ botToken }),
    ignoreSelf: false,
    convoStore: false,
    clientOptions: { slackApiUrl: apiUrl, retryConfig: { retries: 0 }, timeout: 10_000 },
  });
  register(app, deps, link);
  if (receiver instanceof HTTPReceiver) {
    link.up();
    return {
      start: () => undefined,
      stop: () => Promise.resolve(),
      liveness: () => link.liveness(),
      requestListener: receiver.requestListener,
    };
  }
  return socketApp(receiver, deps, link);
}

function socketApp(receiver: SocketModeReceiver, deps: SlackDeps, link: Link): SlackApp {
  const { client } = receiver;
  const stopping = new AbortController();
  client.on('connected', () => link.up());
  client.on('disconnected', () => link.down('disconnected'));
  client.on('reconnecting', () => link.down('reconnecting'));
  client.on('close', () => link.down('the socket closed'));
  let trying = false;
  /** Since when Slack has given a socket's address and not said hello on it. */
  let unheardSince: number | undefined;
  client.on('authenticated', () => {
    unheardSince = deps.wire.now();
  });
  client.on('connected', () => {
    unheardSince = undefined;
  });
  // The SDK calls this for every reconnect and drops its promise: a refusal (a revoked token) would be an unhandled rejection
  // and the end of all attempts.
  const begin = client.start.bind(client);
  client.start = async () => {
    try {
      return await begin();
    } catch (error) {
      trying = false;
      unheardSince = undefined;
      link.down(error instanceof Error ? error.message : String(error));
      deps.log.warn({ err: error }, 'Slack Socket Mode did not connect');
      return { ok: false };
    }
  };
  const keepConnected = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const isDeaf = unheardSince !== undefined && deps.wire.now() - unheardSince >= TRY_AGAIN_MS;
      // The SDK waits for a hello for ever. Its end ends the attempt, and the next one follows.
      if (isDeaf) await endOf(client, deps);
      if (!trying) {
        trying = true;
        void client.start();
      }
      await deps.wire.sleepUntil(deps.wire.now() + TRY_AGAIN_MS, stopping.signal);
    }
  };
  let running: Promise<void> | undefined;
  return {
    start: () => {
      running ??= keepConnected();
    },
    stop: async () => {
      stopping.abort();
      await running;
      await endOf(client, deps);
    },
    liveness: () => link.liveness(),
    requestListener: undefined,
  };
}

/** The SDK's own disconnect waits for the other side, which may be gone. */
async function endOf(client: SocketModeReceiver['client'], { wire, log }: SlackDeps): Promise<void> {
  const bound = new AbortController();
  const ended = client.disconnect().catch((error: unknown) => {
    log.warn({ err: error }, 'Slack Socket Mode did not close cleanly');
  });
  await Promise.race([ended, wire.sleepUntil(wire.now() + STOP_WITHIN_MS, bound.signal)]);
  bound.abort();
}

type SubmissionAnswer = Extract<ViewResponseAction, { response_action: 'errors' | 'update' }>;
type ViewUpdate = Extract<ViewResponseAction, { response_action: 'update' }>;
type Acknowledge = (answer?: SubmissionAnswer) => Promise<void>;

/**
 * Everything from the registries, in one order: the act is committed (milliseconds, one local transaction), then Slack has its
 * acknowledgement, then people are told. A crash in between leaves a durable act whose outbox rows still speak of it.
 */
function register(app: App, deps: SlackDeps, link: Link): void {
  const serve = async (interaction: Interaction | undefined, ack: Acknowledge): Promise<void> => {
    link.heard();
    if (!interaction) return await ack();
    const effects = take(interaction, deps);
    try {
      await ack(answerIn(effects));
    } catch (error) {
      // The socket went away meanwhile. The act is done, so its words are still owed.
      deps.log.warn({ err: error }, 'Slack did not take an acknowledgement');
    }
    await perform(effects, interaction, deps);
  };
  const acknowledged: Acknowledge = () => Promise.resolve();
  const { alert, oncall } = deps.settings.commands;
  for (const command of [alert, oncall]) {
    app.command(command, async ({ body, ack }) => await serve(commandOf(body), () => ack()));
  }
  for (const { actionId } of actionHandlers) {
    app.action(actionId, async ({ body, ack }) => await serve(actionOf(body), () => ack()));
  }
  // Buttons of older releases get an answer instead of a warning sign.
  const known = new Set(actionHandlers.map(({ actionId }) => actionId));
  app.action(/^/, async ({ body, ack }) => {
    const action = actionOf(body);
    if (action && !known.has(action.actionId)) await serve(action, () => ack());
  });
  for (const { callbackId } of modalHandlers) {
    app.view(callbackId, async ({ body, ack }) => {
      await serve(submissionOf(body), async (answer) => await (answer ? ack(answer) : ack()));
    });
  }
  for (const { callbackId } of shortcutHandlers) {
    app.shortcut(callbackId, async ({ body, ack }) => await serve(shortcutOf(body), () => ack()));
  }
  for (const event of ['app_home_opened', 'app_mention', 'message', 'reaction_added'] as const) {
    app.event(event, async ({ body }) => await serve(eventOf(body), acknowledged));
  }
  app.error(async (error) => {
    deps.log.error({ err: error }, 'Bolt could not handle an interaction');
    return Promise.resolve();
  });
}

/** What a submission is answered with; other interactions are only acknowledged. */
function answerIn(effects: Effects): SubmissionAnswer | undefined {
  for (const effect of effects) {
    if (effect.kind === 'errors') return { response_action: 'errors', errors: { ...effect.errors } };
    // Our blocks are read-only, which Bolt's types do not know.
    if (effect.kind === 'modal_next') return { response_action: 'update', view: effect.view as ViewUpdate['view'] };
  }
  return undefined;
}
