import type { Migration } from '../migrate.ts';

export const delivery: Migration = {
  id: '0001-delivery',
  sql: ``,
};
