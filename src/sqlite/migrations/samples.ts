import type { Migration } from '../migrate.ts';

export const samples: Migration = {
  id: '0001-samples',
  sql: ``,
};
