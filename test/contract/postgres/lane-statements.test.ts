/** Every statement of a lane stands for the engines that speak PostgreSQL's language, too. */
import { describe, expect, it } from 'vitest';
import { KINDS } from '../../../src/postgres/claim-kinds.js';
import { LOCKS, type LockName } from '../../../src/postgres/locks.js';
import { QUESTIONS } from '../../../src/postgres/questions.js';
import { dimensionSets, writtenOf } from '../../../src/postgres/row-sets.js';
import { loading, locking, putting, writing, stillKept } from '../../../src/postgres/statements.js';
import { UndoLog } from '../../../src/postgres/undo-log.js';
import { WorkingSet } from '../../../src/postgres/working-set.js';
import { digest } from '../../support/notifications.js';
import { faultsOf } from '../../support/sql-lint.js';

const { sets } = new WorkingSet(digest, 10);
const unsaid = (params: object) => Object.keys(params).map(() => null);

describe('has nothing that another engine does otherwise', () => {
  it.each(Object.entries(KINDS))('loading %s', (name, kind) => {
    const claims = [{ kind: name, values: unsaid(kind.params) }];
    expect(faultsOf(loading(sets, { kind, claims, rowsAtOnce: 10 }).text)).toEqual([]);
  });

  it.each(Object.keys(LOCKS) as LockName[])('locking %s', (name) => {
    const keys = [unsaid(LOCKS[name].params)];
    for (const one of [putting(sets, name, keys), locking(sets, name, keys), locking(sets, name, keys, 'default')])
      if (one !== null) expect(faultsOf(one.text)).toEqual([]);
  });

  it('locking groups that are known, and checking that nothing of them was changed', () => {
    const group = { source: 'default', group_no: 1, changes: 0, evidence_no: 0 };
    for (const { text } of [...stillKept([], []), ...stillKept([group], [], true)]) expect(faultsOf(text)).toEqual([]);
  });

  it.each(Object.entries(QUESTIONS))('asking %s', (_, text) => {
    expect(faultsOf(text)).toEqual([]);
  });

  it('writing and removing rows of any table', () => {
    const written = writtenOf(sets, dimensionSets(new UndoLog()));
    const statements = writing(written.map(({ shape }) => ({ shape, removed: [{}, {}], put: [{}] })));
    const unheld = written.filter(({ shape }) => shape.isOfNobody);
    expect(statements).toHaveLength(2 * written.length + unheld.length);
    for (const { text } of statements) expect([text, faultsOf(text)]).toEqual([text, []]);
  });
});
