/** Names of tenants, campaigns and agent groups under the keys by which reports join them. */
import { nextShortKey } from '../domain/surrogate-key.js';
import { type DimensionName, nameKey, namesOf } from '../ocs/info-mart.js';
import type { Connection } from './database.js';

/** Keys of what a statement names, in the columns of `statements`. */
export interface NameKeys {
  readonly tenant_key: number;
  readonly campaign_key: number;
  readonly agent_group_key: number;
}

export class NameTable {
  readonly #sql;

  constructor(db: Connection) {
    this.#sql = prepare(db);
  }

  /** The keys of what a group's statement names. Their rows are there afterwards. */
  keysOf(groupNo: number, attributes: Parameters<typeof namesOf>[1]): NameKeys {
    const source = String(this.#sql.source.get(groupNo));
    const { TENANT, CAMPAIGN, GROUP_ } = namesOf(source, attributes);
    return {
      tenant_key: this.#keyOf(TENANT),
      campaign_key: this.#keyOf(CAMPAIGN),
      agent_group_key: this.#keyOf(GROUP_),
    };
  }

  /** The key it has; or its own, or the next one that is free. */
  #keyOf(row: DimensionName): number {
    const held = this.#sql.find.get(row) as number | undefined;
    if (held !== undefined) return held;
    let key = nameKey(row);
    while (this.#sql.isTaken.get(row.dimension, key) !== undefined) key = nextShortKey(key);
    this.#sql.insert.run({ ...row, key });
    return key;
  }
}

function prepare(db: Connection) {
  return {
    source: db.prepare('SELECT source FROM campaign_groups WHERE group_no = ?').pluck(),
    find: db
      .prepare(
        `SELECT dimension_key FROM dimension_names
         WHERE dimension = @dimension AND source = @source AND tenant = @tenant AND tenant_ccid = @tenantCcid
           AND name = @name`,
      )
      .pluck(),
    isTaken: db.prepare('SELECT 1 FROM dimension_names WHERE dimension = ? AND dimension_key = ?').pluck(),
    insert: db.prepare(`
      INSERT INTO dimension_names (dimension, dimension_key, source, tenant, tenant_ccid, name)
      VALUES (@dimension, @key, @source, @tenant, @tenantCcid, @name)`),
  };
}
