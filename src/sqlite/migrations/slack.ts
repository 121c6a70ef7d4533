import type { Migration } from '../migrate.ts';

export const slack: Migration = {
  id: '0001-slack',
  sql: ``,
};
