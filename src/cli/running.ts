import { createApp } from '../app/app.ts';
import type { App, AppOptions } from '../app/parts.ts';
import { startRemoteObserver } from '../observer/remote.ts';
import type { Log } from '../telemetry/log.ts';
import { type Clock, type ClockAnchor, type ScaledClock, systemClock } from '../time/clock.ts';
import { everyMinute } from '../time/cron.ts';
import { Loop } from '../time/loop.ts';
import { settleEngine, tuneEngine } from './engine.ts';

export interface RunningOptions extends Pick<AppOptions, 'config' | 'reread' | 'databases' | 'log' | 'version'> {
  /** Absent: domain time is real time. */
  readonly clock?: ScaledClock;
  /** The observer's thread ended: the program should too, to be started anew. */
  readonly onCrash: (error: Error) => void;
}

/** A bot that runs: its loops are moving, its doors are open. */
export interface Running {
  readonly app: App;
  readonly url: string;
  /** Changes the speed of the domain's clock in both threads. */
  setSpeed(speed: number): void;
  /** Ends the loops, lets what is being sent end, closes the databases. */
  stop(): Promise<void>;
}

const REAL_TIME: ClockAnchor = { realAt: 0, domainAt: 0, speed: 1 };

/** Starts the bot as `serve` and `demo` run it: the observer in a thread of its own, two loops here. */
export async function startRunning(options: RunningOptions): Promise<Running> {
  tuneEngine();
  const { log } = options;
  const clock: Clock = options.clock ?? systemClock;
  const anchor = (): ClockAnchor => options.clock?.anchor ?? REAL_TIME;
  let setClock: (anchor: ClockAnchor) => void = () => {};
  const app = await createApp({
    config: options.config,
    reread: options.reread,
    clock,
    wire: systemClock,
    databases: options.databases,
    log,
    random: Math.random,
    version: options.version,
    startObserver: async (settings) => {
      const observer = await startRemoteObserver({
        settings,
        clock: anchor(),
        log: (level, fields, message) => log[level](message, { part: 'observer', ...fields }),
        onCrash: options.onCrash,
      });
      setClock = (next) => observer.setClock(next);
      return { observer, jobs: [], reload: (next) => observer.reload(next) };
    },
  });
  const onError = reportTo(log);
  const domainLoop = new Loop(app.domainJobs, { clock, onError });
  const wireLoop = new Loop(app.wireJobs, { clock: systemClock, onError });
  app.onWake(() => {
    domainLoop.poke();
    wireLoop.poke();
  });
  const server = await app.listen().catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  domainLoop.start();
  wireLoop.start();
  // Deadlines that moved in a way nobody announced (a changed clock, a database written by another process) are seen within a minute.
  const cron = everyMinute(() => {
    domainLoop.poke();
    wireLoop.poke();
  });
  app.connect();
  settleEngine();
  return {
    app,
    url: server.url,
    setSpeed: (speed) => {
      options.clock?.setSpeed(speed);
      setClock(anchor());
    },
    stop: async () => {
      await cron.stop();
      app.stopSending();
      const ended = Promise.all([domainLoop.stop(), wireLoop.stop()]);
      await server.close();
      await ended;
      await app.close();
    },
  };
}

function reportTo(log: Log): (job: string, error: unknown) => void {
  return (job, error) => log.error('a job failed and will be tried again', { job, error });
}
