import type { Migration } from '../migrate.ts';

export const rules: Migration = {
  id: '0001-rules',
  sql: ``,
};
