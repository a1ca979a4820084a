/**
 * Views for people and reports that read the database, under the vendor's names: also in the schema `dbo`, where Info Mart
 * has its tables. Made from the registry, so they are no migration: whatever changes the schema makes them anew.
 */
import { callbackViews } from '../../apply/stored/callback-views.js';
import { CALLBACK_WORDS } from './callback-words.js';
import { CAMPAIGN_VIEWS } from './campaign-views.js';

/** Statements, in their order: for a transaction in which the tables are there, as they are to be. */
export function viewStatements(): readonly string[] {
  const views = [...CAMPAIGN_VIEWS, ...callbackViews(CALLBACK_WORDS)];
  return [
    'CREATE SCHEMA IF NOT EXISTS dbo',
    ...views.flatMap(([name]) => [`DROP VIEW IF EXISTS dbo.${name}`]),
    ...views.toReversed().map(([name]) => `DROP VIEW IF EXISTS ${name}`),
    ...views.flatMap(([name, select]) => [
      `CREATE VIEW ${name} AS ${select.trim()}`,
      `CREATE VIEW dbo.${name} AS SELECT * FROM public.${name}`,
    ]),
  ];
}
