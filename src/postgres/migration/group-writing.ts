/** Puts what any store tells of a campaign group under the numbers that PostgreSQL makes of contents. */
import { type Cells, type MovedRow, textIn } from '../../apply/migration/moved-row.js';
import { allRenumbered, known, type Numbers } from '../../apply/migration/samples.js';
import { journalCells } from '../../apply/stored/journal-row.js';
import type { Digest } from '../../domain/identity.js';
import { writeBlock } from '../../evidence/block.js';
import type { TaggedSample } from '../../evidence/sample.js';
import { groupKey, listKey, statementKey } from '../keys.js';
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
import type { Value } from '../values.js';

/** What is moved lives its first life, and is not forgotten. */
export const FIRST_LIFE = 0;
const NEW_GROUP = { life: FIRST_LIFE, forgotten: 0, evidence_no: 0, changes: 0 };
/** What is in no chunk yet is settled by none. */
const SETTLES_NOTHING = 0;

export interface Written {
  readonly shape: Shape;
  readonly row: Readonly<Record<string, Value>>;
}

/** The group whose rows are coming. */
interface Group {
  readonly key: { readonly source: string; readonly group_no: number };
  readonly statements: number[];
  readonly lists: number[];
  entries: number;
}

export class GroupWriting {
  readonly #digest: Digest;
  #group: Group | null = null;

  constructor(digest: Digest) {
    this.#digest = digest;
  }

  /** In the order in which they are told. */
  written({ table, values }: MovedRow): Written {
    if (table === 'campaign_groups') return this.#begin(values);
    const group = this.#group;
    if (group === null) throw new Error(`a row of ${table} came before its campaign group`);
    const { key } = group;
    const of = (shape: Shape, cells: Cells): Written => ({ shape, row: { ...(cells as Written['row']), ...key } });
    switch (table) {
      case 'statements': {
        const no = statementKey(this.#digest, key.group_no, textIn(values, 'content_digest'));
        group.statements.push(no);
        return of(STATEMENTS, { ...values, statement_no: no });
      }
      case 'calling_lists': {
        const no = listKey(this.#digest, key.group_no, textIn(values, 'name'), textIn(values, 'dbid'));
        group.lists.push(no);
        return of(LISTS, { ...values, list_no: no });
      }
      case 'standing_samples': {
        const { statement, ...cells } = values;
        return of(STANDING, { ...cells, statement_no: numbersOf(group).statement(Number(statement)) });
      }
      case 'list_quarter_hours': {
        const { list, ...cells } = values;
        return of(LIST_QUARTERS, { ...cells, list_no: numbersOf(group).list(Number(list)) });
      }
      case 'chunks': {
        const block = writeBlock(samplesOf(values, group));
        return of(CHUNKS, { ...values, journal_no: SETTLES_NOTHING, samples: block });
      }
      case 'journal':
        return of(JOURNAL, journalRow(samplesOf(values, group)[0], ++group.entries));
      default:
        return of(plainShape(table), values);
    }
  }

  #begin(values: Cells): Written {
    const source = textIn(values, 'source');
    const groupNo = groupKey(this.#digest, source, textIn(values, 'dbid'), FIRST_LIFE);
    const key = { source, group_no: groupNo };
    this.#group = { key, statements: [], lists: [], entries: 0 };
    return { shape: GROUPS, row: { ...(values as Written['row']), ...key, ...NEW_GROUP } };
  }
}

const PLAIN: ReadonlyMap<string, Shape> = new Map(
  [STEPS, REPEATS, DAMAGED, QUARTERS].map((shape) => [shape.table, shape as Shape]),
);

function plainShape(table: string): Shape {
  const shape = PLAIN.get(table);
  if (shape === undefined) throw new Error(`no campaign group has rows of ${table}`);
  return shape;
}

function numbersOf({ statements, lists }: Group): Numbers {
  return { statement: known(statements, 'statement'), list: known(lists, 'calling list') };
}

function samplesOf({ samples }: Cells, group: Group): TaggedSample[] {
  return allRenumbered(samples as readonly TaggedSample[], numbersOf(group));
}

function journalRow(sample: TaggedSample | undefined, entryNo: number): Cells {
  if (sample === undefined) throw new Error('a row of the journal has no sample');
  return { entry_no: entryNo, ...journalCells(sample) };
}
