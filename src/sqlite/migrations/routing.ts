import type { Migration } from '../migrate.ts';

export const routing: Migration = {
  id: '0001-routing',
  sql: ``,
};
