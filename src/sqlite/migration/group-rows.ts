/** What SQLite has of a campaign group, as every store tells it. */
import { groupStatements } from './group-sql.js';
import { quarterCells, listQuarterCells } from '../../apply/migration/quarters.js';
import { type MovedRow, without } from '../../apply/migration/moved-row.js';
import { allRenumbered, known, type Numbers, renumbered } from '../../apply/migration/samples.js';
import { type JournalRow, sampleOf } from '../../apply/stored/journal-row.js';
import { listQuarterOfRow, quarterOfRow, type QuarterRow } from '../../apply/stored/quarter-row.js';
import { readBlock } from '../../evidence/block.js';
import { messageOf, MonitorError } from '../../domain/errors.js';
import type { Connection } from '../database.js';

type Row = Readonly<Record<string, unknown>>;

export class GroupRows {
  readonly #sql;
  readonly #journal;

  /** `journal`: numbers of a group's rows in the journal, which has no index by group. */
  constructor(db: Connection, journal: (groupNo: number) => readonly number[]) {
    this.#sql = groupStatements(db);
    this.#journal = journal;
  }

  /** Within a transaction. */
  *rows(source: string, dbid: string): Generator<MovedRow, void> {
    const group = this.#sql.group.get(source, dbid) as Row | undefined;
    if (group === undefined) return;
    const groupNo = Number(group['group_no']);
    yield { table: 'campaign_groups', values: without(group, ['group_no']) };
    const statements = new Map<number, number>();
    for (const row of this.#each(this.#sql.statements, groupNo)) {
      statements.set(Number(row['statement_no']), statements.size);
      yield { table: 'statements', values: without(row, ['statement_no', 'group_no']) };
    }
    const lists = new Map<number, number>();
    for (const row of this.#each(this.#sql.lists, groupNo)) {
      const place = lists.size;
      lists.set(Number(row['list_no']), place);
      yield { table: 'calling_lists', values: { ...without(row, ['list_no', 'group_no']), place } };
    }
    yield* this.#history(groupNo);
    const numbers = { statement: known(statements, 'statement'), list: known(lists, 'calling list') };
    yield* this.#evidence(groupNo, numbers);
    yield* this.#quarters(groupNo, numbers);
  }

  #each(statement: { iterate(groupNo: number): IterableIterator<unknown> }, groupNo: number): Iterable<Row> {
    return statement.iterate(groupNo) as Iterable<Row>;
  }

  *#history(groupNo: number): Generator<MovedRow, void> {
    for (const row of this.#each(this.#sql.steps, groupNo))
      yield { table: 'steps', values: without(row, ['group_no', 'change_no']) };
    for (const row of this.#each(this.#sql.repeats, groupNo))
      yield { table: 'repeats', values: without(row, ['group_no']) };
  }

  *#evidence(groupNo: number, numbers: Numbers): Generator<MovedRow, void> {
    for (const row of this.#each(this.#sql.standing, groupNo)) {
      const statement = numbers.statement(Number(row['statement_no']));
      yield { table: 'standing_samples', values: { ...without(row, ['group_no', 'statement_no']), statement } };
    }
    for (const { samples, ...row } of this.#each(this.#sql.chunks, groupNo)) {
      const values = without(row, ['group_no']);
      yield { table: 'chunks', values: { ...values, samples: this.#samplesIn(row, samples as Uint8Array, numbers) } };
    }
    for (const row of this.#each(this.#sql.damaged, groupNo))
      yield { table: 'damaged_chunks', values: without(row, ['group_no']) };
    const settledNo = (this.#sql.settled.get(groupNo) as number | null) ?? 0;
    for (const entryNo of this.#journal(groupNo)) {
      if (entryNo <= settledNo) continue;
      // One that was blanked since is nobody's.
      const row = this.#sql.entry.get(entryNo, groupNo) as JournalRow | undefined;
      if (row === undefined) continue;
      yield { table: 'journal', values: { samples: [renumbered(sampleOf(row), numbers)] } };
    }
  }

  #samplesIn({ chunk_no: chunkNo, hour }: Row, block: Uint8Array, numbers: Numbers) {
    try {
      return allRenumbered(readBlock(block), numbers);
    } catch (error) {
      const message = `chunk ${String(chunkNo)} of hour ${String(hour)} cannot be read (${messageOf(error)}): start the service, which sets it aside, then go on`;
      throw new MonitorError('OCM_DAMAGED', message, { cause: error });
    }
  }

  *#quarters(groupNo: number, { list }: Numbers): Generator<MovedRow, void> {
    for (const row of this.#sql.quarters.iterate(groupNo) as Iterable<QuarterRow>)
      yield { table: 'quarter_hours', values: quarterCells(quarterOfRow(row)) };
    for (const [listNo, ...row] of this.#sql.listQuarters.iterate(groupNo) as Iterable<[number, ...QuarterRow]>) {
      const values = { list: list(listNo), ...listQuarterCells(listQuarterOfRow(listNo, row)) };
      yield { table: 'list_quarter_hours', values };
    }
  }
}
