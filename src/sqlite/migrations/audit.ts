import type { Migration } from '../migrate.ts';

export const audit: Migration = {
  id: '0001-audit',
  sql: ``,
};
