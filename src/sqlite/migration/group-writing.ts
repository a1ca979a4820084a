/** Puts what any store tells of a campaign group under numbers of this database. */
import { type Cells, type MovedRow, without } from '../../apply/migration/moved-row.js';
import { listQuarterIn, quarterIn } from '../../apply/migration/quarters.js';
import { allRenumbered, known, type Numbers } from '../../apply/migration/samples.js';
import { writeBlock } from '../../evidence/block.js';
import type { TaggedSample } from '../../evidence/sample.js';
import { ChunkTable } from '../chunk-table.js';
import type { Connection } from '../database.js';
import { JournalTable } from '../journal-table.js';
import { QuarterCalendar } from '../quarter-calendar.js';
import { QuarterTable } from '../quarter-table.js';
import type { RowWriter } from './row-writer.js';

/** What is in no chunk yet is settled by none. */
const SETTLES_NOTHING = 0;

/** The group whose rows are coming. */
interface Group {
  readonly groupNo: number;
  readonly statements: number[];
  readonly lists: number[];
}

export class GroupWriting {
  readonly #write: RowWriter;
  readonly #calendar: QuarterCalendar;
  readonly #chunks: ChunkTable;
  readonly #journal: JournalTable;
  readonly #quarters: QuarterTable;
  #group: Group = { groupNo: 0, statements: [], lists: [] };

  constructor(db: Connection, write: RowWriter) {
    this.#write = write;
    this.#calendar = new QuarterCalendar(db);
    this.#chunks = new ChunkTable(db);
    this.#journal = new JournalTable(db);
    this.#quarters = new QuarterTable(db);
  }

  put({ table, values }: MovedRow): void {
    const { groupNo, statements, lists } = this.#group;
    switch (table) {
      case 'campaign_groups':
        this.#group = { groupNo: this.#write.insert(table, values), statements: [], lists: [] };
        return;
      case 'statements':
        statements.push(this.#write.insert(table, { ...values, group_no: groupNo }));
        return;
      case 'calling_lists':
        lists.push(this.#write.insert(table, { ...without(values, ['place']), group_no: groupNo }));
        return;
      case 'steps':
        if (values['transition_id'] !== null) this.#calendar.cover(Number(values['at_ms']));
        this.#write.insert(table, { ...values, group_no: groupNo });
        return;
      default:
        this.#putEvidence(table, values);
    }
  }

  #putEvidence(table: string, values: Cells): void {
    const { groupNo } = this.#group;
    switch (table) {
      case 'standing_samples': {
        const { statement, ...columns } = values;
        const statementNo = this.#numbers().statement(Number(statement));
        this.#write.insert(table, { ...columns, group_no: groupNo, statement_no: statementNo });
        return;
      }
      case 'chunks':
      case 'journal':
        this.#putSamples(table, values);
        return;
      case 'quarter_hours':
      case 'list_quarter_hours':
        this.#putQuarter(table, values);
        return;
      default:
        this.#write.insert(table, { ...values, group_no: groupNo });
    }
  }

  #putQuarter(table: 'quarter_hours' | 'list_quarter_hours', values: Cells): void {
    if (table === 'quarter_hours') this.#quarters.putQuarter(this.#group.groupNo, quarterIn(values));
    else this.#quarters.putListQuarter(listQuarterIn(this.#numbers().list(Number(values['list'])), values));
  }

  #numbers(): Numbers {
    const { statements, lists } = this.#group;
    return { statement: known(statements, 'statement'), list: known(lists, 'calling list') };
  }

  #putSamples(table: 'chunks' | 'journal', values: Cells): void {
    const { groupNo } = this.#group;
    const samples = allRenumbered(values['samples'] as readonly TaggedSample[], this.#numbers());
    if (table === 'journal') {
      for (const sample of samples) this.#journal.insert(1 + (this.#journal.bounds()?.lastNo ?? 0), groupNo, sample);
      return;
    }
    this.#chunks.insert({
      groupNo,
      chunkNo: Number(values['chunk_no']),
      hour: Number(values['hour']),
      count: Number(values['count']),
      newestMs: Number(values['newest_ms']),
      journalNo: SETTLES_NOTHING,
      writtenMs: Number(values['written_ms']),
      block: writeBlock(samples),
    });
  }
}
