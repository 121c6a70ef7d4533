import type { Migration } from '../migrate.ts';

export const people: Migration = {
  id: '0001-people',
  sql: ``,
};
