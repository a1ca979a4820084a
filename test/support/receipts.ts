import type { Receipt } from '../../src/domain/store.js';

/** The id of a notification or of a quarantined body; fails for receipts that have none. */
export function idOf(receipt: Receipt | undefined): string {
  if (receipt?.kind !== 'notification' && receipt?.kind !== 'quarantined')
    throw new Error('a receipt with an id was expected');
  return receipt.id;
}
