import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { startFleet } from '../../src/fleet/fleet.ts';

const BINARY = 'promtool';
const present = spawnSync(BINARY, ['--version']).status === 0;
if (!present) {
  const loud = `SKIPPED: ${BINARY} is not installed; the fleet is not checked by it`;
  if (process.env['WATCHROOM_REQUIRE_PEERS'] === '1') throw new Error(loud);
  console.error(loud);
}

describe.skipIf(!present)('promtool', () => {
  it('finds nothing wrong with any page of the fleet', async () => {
    const fleet = await startFleet({ now: () => Date.UTC(2026, 10, 16) });
    try {
      const { modelServer, featureStore, driftDetector } = fleet.targets;
      for (const target of [...modelServer, featureStore, driftDetector]) {
        const page = await (await fetch(`http://${target.address}${target.path}`)).text();
        const { status, stdout, stderr } = spawnSync(BINARY, ['check', 'metrics'], {
          input: page,
          encoding: 'utf8',
        });
        expect({ path: target.path, status, stdout, stderr }).toEqual({
          path: target.path,
          status: 0,
          stdout: '',
          stderr: '',
        });
      }
    } finally {
      await fleet.close();
    }
  });
});
