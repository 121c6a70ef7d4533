import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { damageOf } from '../sqlite/damage.ts';
import { FolderLock } from '../sqlite/lock.ts';

/** The folder of `storage.path`, held by this process alone. */
export interface Storage {
  readonly databases: { readonly state: string; readonly metrics: string };
  release(): void;
}

/** What to do about a damaged file; it is never replaced by an empty one, because what it knew would be forgotten unseen. */
const REMEDIES = {
  state:
    'It holds incidents, silences, acknowledgements and notices that are still owed. Put a copy that `watchroom backup` made in its place; to begin with nothing instead, move it away together with its -wal and -shm files',
  metrics:
    'It holds samples and how long each rule has been true. To begin with an empty history, move it away together with its -wal and -shm files',
} as const;

/**
 * Makes the folder where it is missing, takes it for this process, and looks at what is in it.
 * @throws UserError where it cannot be written, another process holds it, or a database in it is damaged
 */
export function openStorage(folder: string): Storage {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UserError('storage', `storage.path ${folder} cannot be used: ${reasonOf(error)}`);
  }
  const lock = takeLock(folder);
  const databases = { state: join(folder, 'state.db'), metrics: join(folder, 'metrics.db') };
  for (const name of ['state', 'metrics'] as const) {
    // Metrics may be gigabytes; a damaged page there is met as an error of one query.
    const damage = damageOf(databases[name], name === 'state' ? 'every page' : 'header');
    if (damage === undefined) continue;
    lock.release();
    throw new UserError('storage', `${databases[name]} is damaged (${damage}). ${REMEDIES[name]}.`);
  }
  return { databases, release: () => lock.release() };
}

function takeLock(folder: string): FolderLock {
  const held = `another Watchroom is running on ${folder}: stop it first, or give this one a storage.path of its own`;
  try {
    const lock = FolderLock.take(join(folder, 'watchroom.lock'));
    if (lock) return lock;
  } catch (error) {
    throw new UserError('storage', `storage.path ${folder} cannot be used: ${reasonOf(error)}`);
  }
  throw new UserError('storage', held);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
