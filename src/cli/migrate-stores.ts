/** `migrate --from --to`: a whole store moved to another kind of database. */
import type { Compared } from '../apply/migration/comparison.js';
import type { Config } from '../config/config.js';
import { MonitorError } from '../domain/errors.js';
import { visibleLine } from '../domain/visible-text.js';
import { compareStores, lookBefore, migrateBetween, type Migrated } from '../service/migration.js';
import type { CliIo } from './io.js';
import { configOf, type Parsed } from './options.js';
import { workProgress } from './progress.js';
import { table } from './table.js';

/** Where there is no terminal, how far it is stands in a line so often. */
const LINE_EVERY_MS = 10_000;

export async function migrateStores(parsed: Parsed, io: CliIo): Promise<number> {
  const [from, to] = [storeOf(parsed, 'from'), storeOf(parsed, 'to')];
  const isJson = parsed.own['json'] === true;
  if (parsed.own['dry-run'] === true) {
    if (parsed.own['verify'] === true) throw new MonitorError('OCM_USAGE', 'take one of --dry-run and --verify');
    return await dryRun(from, to, io, isJson);
  }
  const progress = partsProgress(io);
  try {
    if (parsed.own['verify'] === true) {
      const { compared, ...names } = await compareStores(from, to, { clock: io.clock, onUnit: progress.show });
      progress.stop();
      tell(io, isJson, { ...names, ...comparedRow(compared) }, () => comparedText(compared));
      return compared.different === 0 ? 0 : 1;
    }
    const migrated = await migrateBetween(from, to, { clock: io.clock, onUnit: progress.show });
    progress.stop();
    tell(io, isJson, migratedRow(migrated), () => migratedText(migrated));
    return migrated.compared === null || migrated.finished ? 0 : 1;
  } finally {
    progress.stop();
  }
}

function storeOf(parsed: Parsed, option: 'from' | 'to'): Config {
  const store = parsed.own[option];
  if (typeof store !== 'string')
    throw new MonitorError('OCM_USAGE', `--from and --to are given together: --${option} is missing`);
  return configOf({ ...parsed, flags: { ...parsed.flags, store } });
}

function tell(io: CliIo, isJson: boolean, row: object, text: () => string): void {
  io.out(isJson ? `${JSON.stringify(row)}\n` : text());
}

async function dryRun(from: Config, to: Config, io: CliIo, isJson: boolean): Promise<number> {
  const { tables, bytes } = await lookBefore(from, to);
  const row = { bytes, tables: Object.fromEntries(tables) };
  tell(io, isJson, row, () => {
    const lines = [...tables].filter(([, rows]) => rows > 0).map(([name, rows]) => [name, String(rows)]);
    return `${table(['TABLE', 'ROWS'], lines)}${String(bytes)} bytes would be read. Nothing was changed.\n`;
  });
  return 0;
}

/** A bar on a terminal, lines elsewhere. Its `show` throws when the command shall end: between two parts nothing is lost. */
function partsProgress(io: CliIo) {
  const bars = {
    copying: workProgress(io, 'copying parts'),
    comparing: workProgress(io, 'comparing parts'),
  };
  let toldMs = io.clock.nowMs();
  return {
    show: (what: 'copying' | 'comparing', done: number, of: number) => {
      if (io.signal.aborted) {
        const message = 'interrupted; run the same command again: it goes on where it was';
        throw new MonitorError('OCM_INTERRUPTED', message);
      }
      if (what === 'comparing') bars.copying.stop();
      bars[what].show(done, of);
      const nowMs = io.clock.nowMs();
      if (io.isTerminal || nowMs - toldMs < LINE_EVERY_MS) return;
      toldMs = nowMs;
      io.err(`${what}: ${String(done)} of ${String(of)} parts\n`);
    },
    stop: () => {
      bars.copying.stop();
      bars.comparing.stop();
    },
  };
}

function migratedRow({ from, to, passed, writers, compared, finished }: Migrated) {
  return {
    from,
    to,
    parts: passed.units,
    copied: passed.moved,
    writers,
    finished,
    ...(compared !== null && comparedRow(compared)),
  };
}

function comparedRow({ tables, groups, callbacks, units, different, differences }: Compared) {
  const counted = ({ count, different: apart, fromDigest, toDigest }: Compared['groups']) => {
    return { count, different: apart, digest_from: fromDigest, digest_to: toDigest };
  };
  return {
    equal: different === 0,
    compared: units,
    different,
    groups: counted(groups),
    callbacks: counted(callbacks),
    tables: [...tables].map(([name, { from: here, to: there }]) => ({ table: name, from: here, to: there })),
    differences,
  };
}

function migratedText({ from, to, passed, writers, compared, finished }: Migrated): string {
  const copied = `${String(passed.moved)} of ${String(passed.units)} parts were copied to ${visibleLine(to)}.\n`;
  if (compared === null) {
    return `${copied}Not finished: ${visibleLine(String(writers))} still writes to ${visibleLine(from)}. Stop it and run the same command again: it copies what came meanwhile, compares both and ends.\n`;
  }
  const end = finished
    ? `Finished: start the service with OCM_STORE=${visibleLine(to)}. What ${visibleLine(from)} holds is as it was.\n`
    : 'Not finished: the two differ. Run the same command again; if they still differ, report it.\n';
  return `${copied}${comparedText(compared)}${end}`;
}

function comparedText({ tables, groups, callbacks, different, differences }: Compared): string {
  const lines = [...tables].map(([name, { from, to }]) => [name, String(from), String(to)]);
  const apart = differences.map(({ unit, from, to, columns }) => {
    const what =
      columns.length > 0 ? `${String(from)}: ${columns.join(', ')}` : `${from ?? 'nothing'} / ${to ?? 'nothing'}`;
    return `DIFFERENT ${visibleLine(`${unit}: ${what}`)}\n`;
  });
  const equal = different === 0 ? 'The two are equal' : `${String(different)} parts differ`;
  const sums = `${String(groups.count)} campaign groups (${groups.fromDigest} / ${groups.toDigest}), ${String(callbacks.count)} callbacks (${callbacks.fromDigest} / ${callbacks.toDigest})`;
  return `${table(['TABLE', 'FROM', 'TO'], lines)}${apart.join('')}${equal}: ${sums}.\n`;
}
