import { NotLoaded } from '../apply/tables.js';
import { nameOf, type Value } from './values.js';

/** Rows that a batch looks at: of a kind (see `claim-kinds.ts`), for a key. */
export interface Claim {
  readonly kind: string;
  readonly values: readonly Value[];
}

export function claimName({ kind, values }: Claim): string {
  return `${kind};${nameOf(values)}`;
}

export class ClaimsNotLoaded extends NotLoaded {
  readonly claims: readonly Claim[];

  constructor(claims: readonly Claim[]) {
    super(`not loaded: ${claims.map(claimName).slice(0, 3).join(', ')}`);
    this.claims = claims;
  }
}
