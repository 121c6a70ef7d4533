import type { Migration } from '../migrate.ts';

export const overrideEffects: Migration = {
  id: '0003-override-effects',
  sql: `
    ALTER TABLE oncall_overrides ADD COLUMN effect TEXT NOT NULL DEFAULT 'replace'
      CHECK (effect IN ('replace', 'add', 'remove'));
  `,
};
