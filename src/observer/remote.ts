import { Worker } from 'node:worker_threads';
import type { ClockAnchor } from '../time/clock.ts';
import type { LocalObserverSettings } from './local.ts';
import type { Observer } from './port.ts';

/** The observer's methods that are called across the border; each takes and gives plain data. */
export type RemoteMethod = Exclude<keyof Observer, 'onFeed'> | 'reload';

export interface RemoteCall {
  readonly id: number;
  readonly method: RemoteMethod;
  readonly args: readonly unknown[];
}

export type ToWorker =
  | { readonly kind: 'call'; readonly call: RemoteCall }
  | { readonly kind: 'clock'; readonly anchor: ClockAnchor };

export type FromWorker =
  | { readonly kind: 'feed' }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly fields: object;
      readonly message: string;
    };

export interface WorkerStart {
  readonly settings: LocalObserverSettings;
  readonly clock: ClockAnchor;
}

export interface RemoteObserver extends Observer {
  reload(settings: LocalObserverSettings): Promise<void>;
  /** Makes the worker's domain clock tell the same time as this thread's. */
  setClock(anchor: ClockAnchor): void;
}

export interface RemoteOptions extends WorkerStart {
  readonly log: (level: 'info' | 'warn' | 'error', fields: object, message: string) => void;
  /** The worker ended without being asked to. The program cannot observe any more and should end, to be started anew. */
  readonly onCrash: (error: Error) => void;
}

/** Starts the observer in a worker thread; resolves when its databases are open and its samples are loaded. */
export async function startRemoteObserver(options: RemoteOptions): Promise<RemoteObserver> {
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
  const start: WorkerStart = { settings: options.settings, clock: options.clock };
  const worker = new Worker(new URL(file, import.meta.url), { workerData: start });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let nextId = 1;
  let closing = false;
  let dead: Error | undefined;
  let feedListener: () => void = () => {};

  const fail = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    // An error is followed by the exit that it causes.
    if (dead) return;
    dead = error;
    if (!closing) options.onCrash(error);
  };
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => fail(new Error(`the observer thread ended with code ${code}`)));
  worker.on('message', (message: FromWorker) => {
    switch (message.kind) {
      case 'feed':
        feedListener();
        return;
      case 'log':
        options.log(message.level, message.fields, message.message);
        return;
      case 'result':
        waiting.get(message.id)?.resolve(message.value);
        waiting.delete(message.id);
        return;
      case 'failure':
        waiting.get(message.id)?.reject(new Error(message.message));
        waiting.delete(message.id);
        return;
    }
  });
  const post = (message: ToWorker): void => worker.postMessage(message);
  const call = <T>(method: RemoteMethod, ...args: readonly unknown[]): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (dead) return reject(dead);
      const id = nextId;
      nextId += 1;
      waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      post({ kind: 'call', call: { id, method, args } });
    });

  // The first answer also says that the worker has started.
  await call('targets');
  return {
    onFeed: (listener) => {
      feedListener = listener;
      listener();
    },
    feed: (limit) => call('feed', limit),
    confirm: (seq) => call('confirm', seq),
    query: (expr, at) => call('query', expr, at),
    queryRange: (expr, from, to, stepMs) => call('queryRange', expr, from, to, stepMs),
    targets: () => call('targets'),
    droppedTargets: () => call('droppedTargets'),
    rules: () => call('rules'),
    ruleGroups: () => call('ruleGroups'),
    series: (filter) => call('series', filter),
    labelNames: (filter) => call('labelNames', filter),
    labelValues: (name, filter) => call('labelValues', name, filter),
    metadata: () => call('metadata'),
    reload: (settings) => call('reload', settings),
    setClock: (anchor) => post({ kind: 'clock', anchor }),
    close: async () => {
      closing = true;
      if (!dead) await call('close');
      await worker.terminate();
    },
  };
}
