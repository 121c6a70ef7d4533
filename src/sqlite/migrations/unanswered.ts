import type { Migration } from '../migrate.ts';

export const unanswered: Migration = {
  id: '0001-unanswered',
  sql: `CREATE INDEX incidents_unanswered ON incidents (seq) WHERE state = 'triggered' AND priority = 'P1';`,
};
