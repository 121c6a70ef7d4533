import type { Migration } from '../migrate.ts';

export const manualPage: Migration = {
  id: '0001-manual-page',
  sql: `
    ALTER TABLE incidents ADD COLUMN page TEXT;
  `,
};
