import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { matcher } from '../../src/labels/matcher.ts';
import { Db } from '../../src/sqlite/db.ts';
import { SqliteSamplesStore } from '../../src/sqlite/samples-store.ts';
import { Head } from '../../src/tsdb/head.ts';

const SRC = resolve(import.meta.dirname, '../../src');
const ACKNOWLEDGED = 200;

/** Appends and commits for ever, telling each commit. */
const WRITER = `
import { Labels } from '${SRC}/labels/labels.ts';
import { Db } from '${SRC}/sqlite/db.ts';
import { migrate } from '${SRC}/sqlite/migrate.ts';
import { metricsMigrations } from '${SRC}/sqlite/migrations/index.ts';
import { SqliteSamplesStore } from '${SRC}/sqlite/samples-store.ts';
import { Head } from '${SRC}/tsdb/head.ts';
const db = new Db(process.argv[2] ?? '');
migrate(db, metricsMigrations);
const head = new Head({ store: new SqliteSamplesStore(db) });
for (let i = 0; ; i++) {
  for (let s = 0; s < 20; s++) head.append(Labels.of({ __name__: 'm', s: String(s) }), 1_800_000_000_000 + i * 15_000, i + s);
  head.commit();
  process.stdout.write(i + '\\n');
}
`;

it('loses no committed sample when the process is killed in the middle of its work', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'watchroom-kill-'));
  try {
    const file = join(dir, 'metrics.db');
    writeFileSync(join(dir, 'writer.mts'), WRITER);
    const tsx = resolve(import.meta.dirname, '../../node_modules/tsx/dist/cli.mjs');
    const writer = spawn(process.execPath, [tsx, join(dir, 'writer.mts'), file], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const ended = new Promise((done) => writer.once('exit', done));
    let last = -1;
    for await (const line of createInterface({ input: writer.stdout })) {
      last = Number(line);
      // The writer runs in a child of the launcher: end the whole group.
      if (last === ACKNOWLEDGED && writer.pid !== undefined) process.kill(-writer.pid, 'SIGKILL');
    }
    await ended;
    expect(last).toBeGreaterThanOrEqual(ACKNOWLEDGED);
    const head = new Head({ store: new SqliteSamplesStore(new Db(file)) });
    const found = head.select([matcher('__name__', '=', 'm', 'prometheus')], 0, 2e12);
    expect(found).toHaveLength(20);
    for (const { labels, values } of found) {
      expect(values.length).toBeGreaterThan(last);
      expect(values[last]).toBe(last + Number(labels.get('s')));
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
