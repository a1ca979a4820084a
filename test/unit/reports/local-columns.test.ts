import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LocalTime } from '../../../src/domain/local-time.js';
import { isTimeColumn, withLocalTimes } from '../../../src/reports/local-columns.js';

interface Schema {
  readonly $ref?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
}

interface Document {
  readonly paths: Readonly<Record<string, { readonly get?: { readonly responses: Readonly<Record<string, Answer>> } }>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}
interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as Document;

/** The columns of each list that is CSV as well. */
function lists(): { readonly path: string; readonly columns: Readonly<Record<string, Schema>> }[] {
  return Object.entries(document.paths).flatMap(([path, { get }]) => {
    const content = get?.responses['200']?.content;
    const item = content?.['application/json']?.schema.properties?.['items']?.items;
    return item && content['text/csv'] ? [{ path, columns: columnsOf(item) }] : [];
  });
}

function columnsOf(item: Schema): Record<string, Schema> {
  const schema = document.components.schemas[String(item.$ref).replace('#/components/schemas/', '')] ?? item;
  const forms = (schema.anyOf ?? [schema]).map(({ properties }) => properties);
  return Object.assign({}, ...forms) as Record<string, Schema>;
}

describe('columns of local times', () => {
  it('stand beside every time of every list: names of columns say which are times', () => {
    expect(lists().length).toBeGreaterThan(12);
    for (const { path, columns } of lists()) {
      const times = Object.keys(columns).filter((name) => columns[name]?.format === 'date-time');
      expect([path, Object.keys(columns).filter(isTimeColumn)]).toEqual([path, times]);
    }
  });

  it('show the clock of the zone as spreadsheets read it, and nothing for what is not known', () => {
    const columns = { at: (one: { at: string | null }) => one.at, name: () => 'x' };
    const { names, rowOf } = withLocalTimes(columns, new LocalTime('America/New_York'));
    expect(names).toEqual(['at', 'at_local', 'name']);
    expect(rowOf({ at: '2026-11-01T05:30:00.250Z' })['at_local']).toBe('2026-11-01 01:30:00');
    expect(rowOf({ at: '2026-11-01T06:30:00.000Z' })['at_local']).toBe('2026-11-01 01:30:00');
    expect(rowOf({ at: null })['at_local']).toBeNull();
    expect(withLocalTimes(columns, null).names).toEqual(['at', 'name']);
  });
});
