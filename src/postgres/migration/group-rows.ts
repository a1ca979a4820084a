/** What PostgreSQL has of a campaign group, as every store tells it. */
import { type Cells, type MovedRow, without } from '../../apply/migration/moved-row.js';
import { listQuarterCells, listQuarterIn, quarterCells, quarterIn } from '../../apply/migration/quarters.js';
import { allRenumbered, known, type Numbers, renumbered } from '../../apply/migration/samples.js';
import { type JournalRow, sampleOf } from '../../apply/stored/journal-row.js';
import { messageOf, MonitorError } from '../../domain/errors.js';
import { readBlock } from '../../evidence/block.js';
import type { Shape } from '../shape.js';
import {
  CHUNKS,
  DAMAGED,
  GROUPS,
  JOURNAL,
  LIST_QUARTERS,
  LISTS,
  QUARTERS,
  REPEATS,
  STANDING,
  STATEMENTS,
  STEPS,
} from '../shapes.js';
import type { Wire } from '../wire.js';
import { allRows, type Told, toldRows } from './told-rows.js';

/** Columns that lead to the group, and that only this store has. */
const OWN = ['source', 'group_no'];
const OWN_OF_GROUP = ['group_no', 'life', 'forgotten', 'evidence_no', 'changes'];
const JOURNAL_COLUMNS = JOURNAL.names.filter((name) => !OWN.includes(name) && name !== 'entry_no');

type Rows = AsyncGenerator<readonly MovedRow[], void>;
type Row = (cells: Cells) => MovedRow;

export class GroupRows {
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Within a transaction. */
  async *rows(source: string, dbid: string): Rows {
    const group = 'SELECT group_no FROM campaign_groups WHERE source = $1 AND dbid = $2 AND forgotten = 0';
    const [found] = await allRows(this.#wire, group, [source, dbid]);
    if (found === undefined) return;
    const key = [source, Number(found[0])] as const;
    const ofGroup = (cells: Cells): MovedRow => ({
      table: 'campaign_groups',
      values: without(cells, OWN_OF_GROUP),
    });
    yield* this.#each(GROUPS, key, 'ORDER BY t.group_no', ofGroup);
    const statements = new Map<number, number>();
    yield* this.#each(STATEMENTS, key, 'ORDER BY t.content_digest', (cells) => {
      statements.set(Number(cells['statement_no']), statements.size);
      return { table: 'statements', values: without(cells, [...OWN, 'statement_no']) };
    });
    const lists = new Map<number, number>();
    yield* this.#each(LISTS, key, 'ORDER BY t.place, t.list_no', (cells) => {
      const place = lists.size;
      lists.set(Number(cells['list_no']), place);
      return { table: 'calling_lists', values: { ...without(cells, [...OWN, 'list_no']), place } };
    });
    const plainly =
      (table: string) =>
      (cells: Cells): MovedRow => ({ table, values: without(cells, OWN) });
    yield* this.#each(STEPS, key, 'ORDER BY t.at_ms, t.action_rank, t.content_digest', plainly('steps'));
    yield* this.#each(REPEATS, key, 'ORDER BY t.from_ms', plainly('repeats'));
    const numbers = { statement: known(statements, 'statement'), list: known(lists, 'calling list') };
    yield* this.#evidence(key, numbers);
    yield* this.#quarters(key, numbers);
  }

  async *#evidence(key: readonly [string, number], numbers: Numbers): Rows {
    yield* this.#told(
      {
        names: STANDING.names,
        from: `FROM standing_samples AS t JOIN statements AS w
          ON w.source = t.source AND w.group_no = t.group_no AND w.statement_no = t.statement_no
          WHERE t.source = $1 AND t.group_no = $2::bigint ORDER BY t.at_ms, w.content_digest, t.tag`,
        values: key,
      },
      ({ statement_no: no = 0, ...cells }) => {
        return {
          table: 'standing_samples',
          values: { ...without(cells, OWN), statement: numbers.statement(Number(no)) },
        };
      },
    );
    yield* this.#each(CHUNKS, key, 'ORDER BY t.hour, t.chunk_no', (cells) => {
      const samples = samplesIn(cells, numbers);
      return { table: 'chunks', values: { ...without(cells, [...OWN, 'journal_no']), samples } };
    });
    yield* this.#each(DAMAGED, key, 'ORDER BY t.chunk_no', (cells) => ({
      table: 'damaged_chunks',
      values: without(cells, OWN),
    }));
    yield* this.#each(JOURNAL, key, 'ORDER BY t.entry_no', (cells) => {
      const row = JOURNAL_COLUMNS.map((name) => cells[name] ?? null) as unknown as JournalRow;
      return { table: 'journal', values: { samples: [renumbered(sampleOf(row), numbers)] } };
    });
  }

  async *#quarters(key: readonly [string, number], { list }: Numbers): Rows {
    yield* this.#each(QUARTERS, key, 'ORDER BY t.start_ms', (cells) => {
      return { table: 'quarter_hours', values: quarterCells(quarterIn(cells)) };
    });
    yield* this.#told(
      {
        names: LIST_QUARTERS.names,
        from: `FROM list_quarter_hours AS t JOIN calling_lists AS l
          ON l.source = t.source AND l.group_no = t.group_no AND l.list_no = t.list_no
          WHERE t.source = $1 AND t.group_no = $2::bigint ORDER BY l.place, l.list_no, t.start_ms`,
        values: key,
      },
      (cells) => {
        const listNo = Number(cells['list_no']);
        return {
          table: 'list_quarter_hours',
          values: { list: list(listNo), ...listQuarterCells(listQuarterIn(listNo, cells)) },
        };
      },
    );
  }

  #each({ table, names }: Shape, key: readonly [string, number], order: string, row: Row): Rows {
    const from = `FROM ${table} AS t WHERE t.source = $1 AND t.group_no = $2::bigint ${order}`;
    return this.#told({ names, from, values: key }, row);
  }

  async *#told(told: Told, row: Row): Rows {
    for await (const some of toldRows(this.#wire, told)) yield some.map(row);
  }
}

function samplesIn({ chunk_no: chunkNo, hour, samples }: Cells, numbers: Numbers) {
  try {
    return allRenumbered(readBlock(samples as Uint8Array), numbers);
  } catch (error) {
    const message = `chunk ${String(Number(chunkNo))} of hour ${String(Number(hour))} cannot be read (${messageOf(error)}): start a receiver, which sets it aside, then go on`;
    throw new MonitorError('OCM_DAMAGED', message, { cause: error });
  }
}
