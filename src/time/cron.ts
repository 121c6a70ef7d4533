import { schedule } from 'node-cron';

/**
 * Calls `poke` at the start of every minute, in UTC. Only a nudge: deadlines live in rows, because node-cron skips runs around
 * changes of daylight saving time and forgets all of them when the process ends.
 */
export function everyMinute(poke: () => void): { stop(): Promise<void> } {
  const task = schedule('* * * * *', poke, { timezone: 'UTC', noOverlap: true });
  return {
    async stop() {
      await task.destroy();
    },
  };
}
