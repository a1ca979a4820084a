/** Customers, queues and targets of the simulated callbacks. Numbers are from ranges kept for fiction. */
import type { PartialRecord } from '../../gms/encode-record.js';
import type { Random } from '../random.js';

/** Number plans: prefix and how many digits follow (NANPA 555-01xx, Bundesnetzagentur, Ofcom drama numbers). */
const FICTITIOUS: readonly [readonly [string, number], ...(readonly [string, number])[]] = [
  ['+121255501', 2],
  ['+131255501', 2],
  ['+161755501', 2],
  ['+493023125', 3],
  ['+44207946', 4],
];

const TENANT_DBIDS: readonly [number, ...number[]] = [1, 102, 103];

/** Virtual queue, its DBID, and the target that its callbacks are routed to. */
type Queue = readonly [string, number, string];

const QUEUES: readonly [Queue, ...Queue[]] = [
  ['CB_VQ_Billing', 1201, 'Billing@Stat_Server.GA'],
  ['CB_VQ_Technical_Support', 1202, '?:Technical > 5 & English > 3@Stat_Server.GA'],
  ['CB_VQ_Sales', 1203, 'Sales_Leeds@Stat_Server.GA'],
  ['CB_VQ_Customer_Care', 1204, '?:Care > 6@Stat_Server.GA'],
];

export interface Customer {
  readonly phoneNumber: string;
  /** Number seen on the originating call; empty where none was. */
  readonly ani: string;
}

export function phoneNumber(random: Random): string {
  const [prefix, digits] = random.pick(FICTITIOUS);
  return prefix + String(random.integer(0, 10 ** digits - 1)).padStart(digits, '0');
}

export function customer(random: Random): Customer {
  const number = phoneNumber(random);
  return { phoneNumber: number, ani: random.weighted([[number, 8]], random.chance(0.5) ? '' : phoneNumber(random)) };
}

export interface WaitingLine {
  readonly target: string;
  readonly fields: PartialRecord & { readonly vq: string };
}

/** Where a callback waits. A virtual queue is a DN of the type Virtual Queue. */
export function waitingLine(random: Random): WaitingLine {
  const [vq, vqDbid, target] = random.pick(QUEUES);
  const tenantDbid = random.pick(TENANT_DBIDS);
  return { target, fields: { tenantDbid, vq, vqDbid, vqConfigType: 'CFGVirtACDQueue', vqConfigTypeId: 5 } };
}
