import { existsSync } from 'node:fs';

/**
 * Whether a program of the peers tests is on this machine. Where it is not, says so loudly; with WATCHROOM_REQUIRE_PEERS=1 a missing
 * one is a failure instead.
 */
export function peer(path: string): boolean {
  if (existsSync(path)) return true;
  if (process.env['WATCHROOM_REQUIRE_PEERS'] === '1') throw new Error(`${path} is required and missing`);
  console.warn(`SKIPPED: ${path} is not installed, so the tests that need it did not run`);
  return false;
}
