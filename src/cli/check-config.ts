import { describeConfig, processEnvironment } from '../config/config.js';
import { checkTls } from '../service/sqlite/commands.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand } from './options.js';
import { table } from './table.js';

export const CHECK_CONFIG_HELP = `ocs-monitor check-config [settings] [--config FILE] [--json]

Prints every setting with its value and where it comes from (flag > environment > file > default); secrets are masked.
Exit 1, with every fault, when the service would not start.
`;

export function checkConfig(args: readonly string[], io: CliIo): number {
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
  return 0;
}
