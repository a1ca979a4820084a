import type { StatementRow, StatementRows } from '../apply/evidence-rows.js';
import { statementColumns, statementRowOf, type StoredStatementRow } from '../apply/stored/statement-row.js';
import { statementContent } from '../domain/identity.js';
import type { Statement } from '../domain/notification.js';
import { nextShortKey } from '../domain/surrogate-key.js';
import { type DimensionName, nameKey, namesOf } from '../ocs/info-mart.js';
import { statementKey } from './keys.js';
import type { Claim } from './not-loaded.js';
import { partOf, type RowIn } from './row-sets.js';
import type { WorkingSet } from './working-set.js';

type Row = RowIn<'statements'>;

export class StatementTable implements StatementRows {
  readonly #set: WorkingSet;

  constructor(set: WorkingSet) {
    this.#set = set;
  }

  find(groupNo: number, contentDigest: string): number | null {
    return this.#row(groupNo, contentDigest)?.statement_no ?? null;
  }

  #row(groupNo: number, contentDigest: string): Row | undefined {
    const source = this.#set.sourceOf(groupNo);
    if (source === null) return undefined;
    const no = this.#noOf(groupNo, contentDigest);
    const known = this.#set.sets.statements.get(source, groupNo, no);
    if (known === undefined) this.#set.loaded('statement', source, groupNo, no);
    return this.#set.sets.statements.get(source, groupNo, no);
  }

  #noOf(groupNo: number, contentDigest: string): number {
    return statementKey(this.#set.digest, groupNo, contentDigest);
  }

  byNo(no: number): StatementRow {
    const known = this.#set.sets.statements.of(partOf.statement(no));
    if (known.length === 0) this.#set.loaded('statement.no', no);
    const [row] = this.#set.sets.statements.of(partOf.statement(no));
    if (row === undefined) throw new Error(`no statement ${no}`);
    return statementRowOf(row as StoredStatementRow);
  }

  insert(groupNo: number, contentDigest: string, statement: Statement): number {
    const source = this.#set.sourceOf(groupNo) ?? '';
    const no = this.#noOf(groupNo, contentDigest);
    const { TENANT, CAMPAIGN, GROUP_ } = namesOf(source, statement.attributes);
    this.#set.need(...nameClaims(source, statement));
    this.#set.sets.statements.put({
      source,
      group_no: groupNo,
      statement_no: no,
      ...statementColumns(contentDigest, statement),
      tenant_key: this.#keyOf(TENANT),
      campaign_key: this.#keyOf(CAMPAIGN),
      agent_group_key: this.#keyOf(GROUP_),
    });
    return no;
  }

  /** The key of a name: its own, or the next one that no other has. Its row is there afterwards. */
  #keyOf(row: DimensionName): number {
    const { dimension, source, tenant, tenantCcid, name } = row;
    const { names } = this.#set.sets;
    for (let key = nameKey(row); ; key = nextShortKey(key)) {
      this.#set.loaded('name', dimension, key);
      const held = names.get(dimension, key);
      const named = { source, tenant, tenant_ccid: tenantCcid, name };
      if (held === undefined) names.put({ dimension, dimension_key: key, ...named });
      else if (!isSame(held, named)) continue;
      return key;
    }
  }
}

/** What it looks at of a group that says this, perhaps for the first time. */
export function statementClaims(set: WorkingSet, source: string, groupNo: number, said: Statement): readonly Claim[] {
  const no = statementKey(set.digest, groupNo, set.digest(statementContent(said)));
  return [{ kind: 'statement', values: [source, groupNo, no] }, ...nameClaims(source, said)];
}

function nameClaims(source: string, { attributes }: Statement): readonly Claim[] {
  return Object.values(namesOf(source, attributes)).map((row) => {
    return { kind: 'name', values: [row.dimension, nameKey(row)] };
  });
}

type Named = Pick<RowIn<'names'>, 'source' | 'tenant' | 'tenant_ccid' | 'name'>;

function isSame(a: Named, b: Named): boolean {
  return a.source === b.source && a.tenant === b.tenant && a.tenant_ccid === b.tenant_ccid && a.name === b.name;
}
