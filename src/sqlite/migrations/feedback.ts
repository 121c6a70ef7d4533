import type { Migration } from '../migrate.ts';

export const feedback: Migration = {
  id: '0001-feedback',
  sql: ``,
};
