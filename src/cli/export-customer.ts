/** `export --customer`: all that is held of a customer, as JSON, for whoever asks what it is. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import type { CustomerAsked } from '../domain/customer.js';
import { visibleLine } from '../domain/visible-text.js';
import { NewFile } from '../node/new-file.js';
import { isoTime } from '../reports/rows.js';
import { withRowsOf } from '../service/open-held.js';
import { interrupted } from './export-output.js';
import type { CliIo } from './io.js';
import type { Parsed } from './options.js';

type Column = string | number | Uint8Array | null;

export async function exportCustomer(
  asked: CustomerAsked,
  { parsed, config, io }: { readonly parsed: Parsed; readonly config: Config; readonly io: CliIo },
): Promise<number> {
  const tables = new Map<string, object[]>();
  await withRowsOf(config, asked, async (held) => {
    for (const { table, rows } of held) {
      await turn();
      if (io.signal.aborted) throw interrupted();
      if (rows.length > 0) tables.set(table, [...(tables.get(table) ?? []), ...rows.map(shown)]);
    }
  });
  const held = { at: isoTime(io.clock.nowMs()), ...Object.fromEntries(tables) };
  const text = `${JSON.stringify(held, null, 2)}\n`;
  const { out } = parsed.own;
  if (typeof out !== 'string') {
    io.out(text);
    return 0;
  }
  const bytes = await NewFile.write(out, (file) => {
    file.append(text);
    return Promise.resolve();
  });
  const rows = [...tables.values()].reduce((sum, { length }) => sum + length, 0);
  if (parsed.own['json']) io.out(`${JSON.stringify({ file: out, rows, bytes })}\n`);
  else io.out(`${visibleLine(out)}: ${rows} rows, ${bytes} bytes.\n`);
  return 0;
}

/** A row as people read it: what was said of it, and when, without what is empty. */
function shown(row: Readonly<Record<string, Column>>): object {
  const said = Object.entries(row).filter(([, value]) => value !== null && value !== '');
  return Object.fromEntries(said.map(([column, value]) => shownColumn(column, value)));
}

function shownColumn(column: string, value: Column): [string, unknown] {
  if (value instanceof Uint8Array) return [column, Buffer.from(value).toString()];
  if (column.endsWith('_ms')) return [column.replace(/_ms$/, '_at'), isoTime(Number(value))];
  return [column, typeof value === 'string' && /^[[{]/.test(value) ? parsedOr(value) : value];
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
