/**
 * Prometheus Pushgateway, as Debian has it. No durable comparison: it keeps metrics in memory and writes them to a file every
 * five minutes, so that an answer promises nothing. Its consistency check is off, which compares each push with all others.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Program } from '../program.js';
import { NotMeasured } from '../row.js';

const BINARY = 'prometheus-pushgateway';

export const PUSHGATEWAY: Program = {
  name: 'Pushgateway',
  form: 'push',
  prepare: async () => {
    await pushgatewayVersion();
  },
  command: ({ folder, port }) => ({
    file: BINARY,
    args: [
      `--web.listen-address=127.0.0.1:${port}`,
      `--persistence.file=${join(folder, 'metrics')}`,
      '--push.disable-consistency-check',
      '--log.level=error',
    ],
  }),
};

export async function pushgatewayVersion(): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(BINARY, ['--version']).catch((cause: unknown) => {
    throw new NotMeasured('the Debian package prometheus-pushgateway is not installed', { cause });
  });
  return /version (\S+)/.exec(stdout + stderr)?.[1]?.replace(/,$/, '') ?? 'of unknown version';
}
