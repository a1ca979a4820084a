/** Imports tables of ICON and Info Mart: callbacks, attached data, and the states of campaign groups. */
import type { ImportItem } from '../domain/import.js';
import { isSourceName } from '../domain/source.js';
import type { Told } from '../domain/table-rows.js';
import { IconFiles, type IconFilesOptions, type IconTable } from './icon-files.js';
import { withinLimit } from './import-notifications.js';
import type { ImportKind } from './import-run.js';
import type { Piece, Pieces } from './piece-readers.js';
import { table } from './table.js';

export interface IconOptions extends IconFilesOptions {
  /** Null: what a row says, else `default`. */
  readonly source: string | null;
  /** Bytes of a body that may be received. */
  readonly bodyLimitBytes: number;
}

/** The files of one command. */
export function iconTables(options: IconOptions): ImportKind {
  const files = new IconFiles(options);
  async function* read(file: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Pieces> {
    for await (const { table: name, told, line } of files.read(file, bytes)) {
      yield { pieces: told.map((one) => pieceOf(one, name, options)), line, next: null };
    }
  }
  return {
    // Lines are found by whoever reads rows.
    maxLineBytes: 0,
    resumes: false,
    arrange: (names) => files.arrange(names),
    readerOf: (file) => ({ read: (bytes) => read(file, bytes) }),
    whenNothing: () =>
      files.rows.size === 0 ? 'No file has a row below its header.' : 'No row is about callbacks or campaign groups.',
    more: () => ({ others: files.others, rows: Object.fromEntries(files.rows) }),
    report: () => {
      const rows = [...files.rows].map(([name, count]) => [`rows of ${name}`, String(count)]);
      return table([], [...rows, ['of something else', String(files.others)]]);
    },
  };
}

function pieceOf(told: Told, name: IconTable, options: IconOptions): Piece {
  const isDamaged = 'damage' in told;
  const said = isDamaged ? null : told.source;
  const item: ImportItem = {
    endpoint: ENDPOINTS[name],
    source: options.source ?? (said !== null && isSourceName(said) ? said : 'default'),
    origin: 'icon',
    receivedAtMs: isDamaged ? null : told.atMs,
    bytes: isDamaged ? told.text : told.body,
  };
  const kept = withinLimit(item, options.bodyLimitBytes);
  return isDamaged ? { line: told.line, item: kept, damage: told.damage } : { line: told.line, item: kept };
}

const ENDPOINTS = {
  CALLBACK_FACT: 'callback-events',
  G_CUSTOM_DATA_S: 'callback-events',
  G_USERDATA_HISTORY: 'attached-data',
  GO_Campaign: 'campaign-group-state',
  GO_CampaignHistory: 'campaign-group-state',
} as const satisfies Readonly<Record<IconTable, ImportItem['endpoint']>>;
