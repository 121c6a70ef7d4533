/** Shorter ones nobody notices. */
const SHORTEST_BLOCK_MS = 2;

/**
 * Notes how long the event loop is blocked each time, until `end`. Virtual time is squeezed, so blocks follow each other closely; in
 * CPU time, so that what else the machine does changes nothing.
 */
export function watchLag(): { end(): readonly number[] } {
  const blocks: number[] = [];
  let isOver = false;
  const cpuNow = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  let last = cpuNow();
  const look = (): void => {
    const now = cpuNow();
    if (now - last > SHORTEST_BLOCK_MS) blocks.push(now - last);
    last = now;
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  return {
    end() {
      isOver = true;
      return blocks;
    },
  };
}

/**
 * What somebody who comes at any instant of `spanMs` waits for at most in `share` of the cases, had the blocks been spread over that
 * span as they are in real time: P(wait > L) = Σ max(0, block − L) / span.
 */
export function lagPercentile(blocks: readonly number[], share: number, spanMs: number): number {
  const beyond = (lag: number): number => blocks.reduce((sum, block) => sum + Math.max(0, block - lag), 0) / spanMs;
  let [low, high] = [0, Math.max(0, ...blocks)];
  while (high - low > 0.1) {
    const middle = (low + high) / 2;
    if (beyond(middle) > 1 - share) low = middle;
    else high = middle;
  }
  return high;
}
