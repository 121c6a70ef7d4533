import { parentPort, workerData } from 'node:worker_threads';
import { ScaledClock, systemClock } from '../time/clock.ts';
import { Loop } from '../time/loop.ts';
import { createLocalObserver } from './local.ts';
import type { SeriesFilter } from './port.ts';
import type { FromWorker, RemoteCall, ToWorker, WorkerStart } from './remote.ts';

/** The observer thread: the local observer, driven by its own loop, answering calls one message each. */
function main(): void {
  const port = parentPort;
  if (!port) throw new Error('the observer thread must be started as a worker');
  const start = workerData as WorkerStart;
  const post = (message: FromWorker): void => port.postMessage(message);
  const clock = new ScaledClock(start.clock);
  const observer = createLocalObserver({
    settings: start.settings,
    clock,
    wire: systemClock,
    log: (level, fields, message) => post({ kind: 'log', level, fields, message }),
  });
  const loop = new Loop(observer.jobs, {
    clock,
    onError: (job, error) =>
      post({ kind: 'log', level: 'error', fields: { job, error: String(error) }, message: 'job failed' }),
  });
  observer.onFeed(() => post({ kind: 'feed' }));
  loop.start();

  const answer = async ({ method, args }: RemoteCall): Promise<unknown> => {
    switch (method) {
      case 'feed':
        return observer.feed(Number(args[0]));
      case 'confirm':
        return observer.confirm(Number(args[0]));
      case 'query':
        return observer.query(String(args[0]), Number(args[1]));
      case 'queryRange':
        return observer.queryRange(String(args[0]), Number(args[1]), Number(args[2]), Number(args[3]));
      case 'targets':
        return observer.targets();
      case 'droppedTargets':
        return observer.droppedTargets();
      case 'rules':
        return observer.rules();
      case 'ruleGroups':
        return observer.ruleGroups();
      case 'series':
        return observer.series(args[0] as SeriesFilter);
      case 'labelNames':
        return observer.labelNames(args[0] as SeriesFilter);
      case 'labelValues':
        return observer.labelValues(String(args[0]), args[1] as SeriesFilter);
      case 'metadata':
        return observer.metadata();
      case 'reload':
        observer.reload(args[0] as WorkerStart['settings']);
        loop.poke();
        return undefined;
      case 'close':
        await loop.stop();
        return observer.close();
    }
  };
  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'clock':
        clock.setAnchor(message.anchor);
        return;
      case 'call': {
        const { id } = message.call;
        answer(message.call).then(
          (value) => post({ kind: 'result', id, value }),
          (error: unknown) =>
            post({ kind: 'failure', id, message: error instanceof Error ? error.message : String(error) }),
        );
        return;
      }
    }
  });
}

main();
