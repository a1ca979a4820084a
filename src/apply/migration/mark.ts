/** What is known of a unit when all of its rows were told: its digest, and how many rows of each table it has. */
import type { Digest } from '../../domain/identity.js';
import type { Cell, MovedRow } from './moved-row.js';

export interface Mark {
  readonly digest: string;
  readonly rows: Readonly<Record<string, number>>;
}

export const NO_ROWS: Mark = { digest: '', rows: {} };

/** Takes rows in, one after the other. */
export class Marking {
  readonly #digest: Digest;
  readonly #rows: Record<string, number> = {};
  #state = '';

  constructor(digest: Digest) {
    this.#digest = digest;
  }

  take(row: MovedRow): void {
    this.#state = this.#digest(`${this.#state} ${rowText(row)}`);
    this.#rows[row.table] = 1 + (this.#rows[row.table] ?? 0);
  }

  get mark(): Mark {
    return { digest: this.#state, rows: this.#rows };
  }
}

/** Equal rows have equal texts, whatever order their columns are in. U+0000 is told as PostgreSQL keeps it. */
export function rowText({ table, values }: MovedRow): string {
  const cells = Object.keys(values)
    .sort()
    .map((name) => [name, cellOf(values[name] ?? null)]);
  return JSON.stringify([table, cells]).replaceAll('\\u0000', '\uFFFD');
}

function cellOf(cell: Cell): unknown {
  if (!(cell instanceof Uint8Array)) return cell;
  return Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString('base64');
}
