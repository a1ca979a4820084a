import { describeConfig, type PostgresConfig, processEnvironment } from '../config/config.js';
import { visibleLine } from '../domain/visible-text.js';
import { checkTls } from '../service/sqlite/commands.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand } from './options.js';
import { table } from './table.js';

export const CHECK_CONFIG_HELP = `ocs-monitor check-config [settings] [--config FILE] [--json]

Prints every setting with its value and where it comes from (flag > environment > file > default); secrets are masked.
Of a PostgreSQL it asks whether the service can use it.
Exit 1, with every fault, when the service would not start.
`;

export async function checkConfig(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseCommand(args, { json: { type: 'boolean' } });
  const config = configOf(parsed);
  checkTls(config);
  const rows = describeConfig(parsed.flags, processEnvironment(), parsed.configFile);
  for (const name of config.unknownVariables) io.err(`${name}: this version has no such setting; it has no effect\n`);
  if (parsed.own['json']) io.out(`${JSON.stringify(rows)}\n`);
  else
    io.out(
      table(
        ['SETTING', 'VALUE', 'FROM'],
        rows.map(({ variable, value, origin }) => [variable, value || '-', origin]),
      ),
    );
  return config.postgres === null ? 0 : checkServer(config, io);
}

/** What keeps the service from the server goes where faults go: the settings themselves are printed. */
async function checkServer(config: PostgresConfig, io: CliIo): Promise<number> {
  const { examineServer } = await import('../service/postgres/examine.js');
  const found = await examineServer(config, () => io.clock.nowMs());
  for (const one of found.filter(({ result }) => result !== 'ok'))
    io.err(`${one.name}: ${visibleLine(one.found)}. ${one.next ?? ''}\n`);
  return found.some(({ result }) => result === 'fault') ? 1 : 0;
}
