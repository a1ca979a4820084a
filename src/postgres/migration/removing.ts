/** What makes room for a unit that is moved again. */
import { BODIES_OF_PART, DAY_MS, HOUR_MS, type Unit } from '../../apply/migration/moved-row.js';
import { OF_CALLBACKS, OF_GROUPS } from '../../apply/migration/moved-tables.js';
import type { Digest } from '../../domain/identity.js';
import { CALLBACKS, LEGACY } from '../callback-shapes.js';
import { groupKey } from '../keys.js';
import { BODIES } from '../shapes.js';
import { type Statement } from '../statements.js';
import { arrayOf, type Value } from '../values.js';
import { FIRST_LIFE, type Written } from './group-writing.js';
import { WHOLE } from './other-units.js';
import { plain } from './told-rows.js';

export function removingUnit(unit: Unit, digest: Digest): Statement[] {
  switch (unit.kind) {
    case 'group': {
      const values = [unit.source, groupKey(digest, unit.source, unit.dbid, FIRST_LIFE)];
      return OF_GROUPS.map((table) => ({
        text: `DELETE FROM ${table} WHERE source = $1 AND group_no = $2::bigint`,
        values,
      }));
    }
    case 'callbacks': {
      const values = [unit.hour * HOUR_MS, (unit.hour + 1) * HOUR_MS];
      return removingCallbacks('c.first_received_ms >= $1::bigint AND c.first_received_ms < $2::bigint', values);
    }
    case 'bodies':
      return [removingRange('quarantine', 'quarantine_no', unit.part, BODIES_OF_PART)];
    case 'legacy':
      return [removingRange('legacy_callback_events', 'at_ms', unit.day, DAY_MS)];
    case 'table': {
      const { shape } = WHOLE[unit.table as keyof typeof WHOLE];
      return [plain(`DELETE FROM ${shape.table}`)];
    }
  }
}

function removingRange(table: string, column: string, part: number, width: number): Statement {
  return {
    text: `DELETE FROM ${table} WHERE ${column} >= $1::bigint AND ${column} < $2::bigint`,
    values: [part * width, (part + 1) * width],
  };
}

/** What belongs to them first. */
function removingCallbacks(which: string, values: Statement['values']): Statement[] {
  const children = OF_CALLBACKS.filter((table) => table !== 'callbacks').map((table) => ({
    text: `DELETE FROM ${table} AS t USING callbacks AS c
      WHERE t.source = c.source AND t.callback_no = c.callback_no AND ${which}`,
    values,
  }));
  return [...children, { text: `DELETE FROM callbacks AS c WHERE ${which}`, values }];
}

/** What was moved before, in a unit that it does not belong to any more. */
export function removingNamed(written: readonly Written[]): Statement[] {
  const cells = (table: string, column: string): Value[] =>
    written.filter(({ shape }) => shape.table === table).map(({ row }) => row[column] ?? null);
  const statements: Statement[] = [];
  const callbackNos = cells(CALLBACKS.table, 'callback_no');
  if (callbackNos.length > 0)
    statements.push(...removingCallbacks('c.callback_no = ANY ($1::bigint[])', [arrayOf('bigint', callbackNos)]));
  for (const [{ table }, column, type] of [
    [BODIES, 'id', 'text'],
    [LEGACY, 'legacy_no', 'bigint'],
  ] as const) {
    const found = cells(table, column);
    const text = `DELETE FROM ${table} WHERE ${column} = ANY ($1::${type}[])`;
    if (found.length > 0) statements.push({ text, values: [arrayOf(type, found)] });
  }
  return statements;
}
