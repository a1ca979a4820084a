import type { Values } from './named-sql.js';

/** A group as statements ask for it: every key leads with the source. */
export interface FoundGroup extends Values {
  readonly source: string;
  readonly groupNo: number;
}

export const OF_GROUP = 'source = @source AND group_no = @groupNo';
