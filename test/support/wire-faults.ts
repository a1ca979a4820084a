/** What may go wrong between a client and PostgreSQL, as `faulty-server.ts` tells its thread of it. */

export type Fault =
  /** The server refuses the statement, as it refuses others: what stands behind it in the transaction is not done. */
  | { readonly kind: 'refused'; readonly sqlState: string }
  /** The same, and the client hears nothing of it. */
  | { readonly kind: 'hidden'; readonly sqlState: string }
  /** It is done, and answered as if it had failed. */
  | { readonly kind: 'answered'; readonly sqlState: string }
  /** The server ends the session: 57P01. */
  | { readonly kind: 'terminated' }
  /** The connection breaks before the server has it, or when it was done and nobody has heard. */
  | { readonly kind: 'broken before' }
  | { readonly kind: 'broken after' };

/** By number, as the thread is told them. */
export const FAULTS: readonly { readonly name: string; readonly fault: Fault }[] = [
  ...['40001', '40P01', '40003', '22003'].map((sqlState) => {
    return { name: `the server refusing it with ${sqlState}`, fault: { kind: 'refused', sqlState } as const };
  }),
  { name: 'an answer 40003 though it was done', fault: { kind: 'answered', sqlState: '40003' } },
  { name: 'the session terminated', fault: { kind: 'terminated' } },
  { name: 'the connection broken before it', fault: { kind: 'broken before' } },
  { name: 'the connection broken behind it', fault: { kind: 'broken after' } },
  { name: 'a refusal that is not told', fault: { kind: 'hidden', sqlState: '22012' } },
];

export const CELLS = { count: 0, at: 1, times: 2, fault: 3, played: 4 } as const;

/** What the thread is started with, beside a port on which it says where it listens. */
export interface ProxyData {
  readonly control: Int32Array;
  /** Path of the server's socket. */
  readonly target: string;
}
