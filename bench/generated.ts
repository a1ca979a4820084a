/** Databases as the generator writes them, for a while. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root, tsx } from './program.js';

export interface Generated {
  readonly notifications: number;
  readonly groups: number;
  readonly lists?: number;
  readonly walks?: boolean;
}

export async function withGenerated<T>(
  { notifications, groups, lists = 0, walks = false }: Generated,
  use: (database: string) => Promise<T> | T,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-generated-'));
  try {
    const file = join(folder, 'bench.db');
    const size = ['--notifications', String(notifications), '--groups', String(groups), '--lists', String(lists)];
    const args = [tsx, join(root, 'bench/generate.ts'), '--out', file, ...size, ...(walks ? ['--walk'] : [])];
    await promisify(execFile)(process.execPath, args);
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
