import type { Migration } from '../migrate.ts';

export const incident: Migration = {
  id: '0001-incident',
  sql: ``,
};
