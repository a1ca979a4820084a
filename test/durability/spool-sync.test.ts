/** What the spool syncs to its disk: what it takes in, before it says so; not what it gives away, since that is in the database. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { callsIn } from '../faults/trace.js';
import { removeFolder } from '../support/folders.js';
import { toolIsHere } from '../support/tools.js';

const STEPS = new URL('../support/spool-steps.ts', import.meta.url).pathname;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-spool-sync-'));
});
afterEach(() => {
  removeFolder(folder);
});

it.runIf(toolIsHere('strace', 'strace'))('is synced by each post that comes in, and not by one that goes', () => {
  const log = join(folder, 'trace');
  const traced = ['-f', '-y', '-e', 'trace=fdatasync,fsync,write', '-o', log];
  const program = [process.execPath, '--import', 'tsx', STEPS, join(folder, 'spool')];
  const { stdout, stderr } = spawnSync('strace', [...traced, ...program], { encoding: 'utf8' });
  expect(stdout, stderr).toBe('opened\nappended\nremoved\nappended again\n');
  const steps: Record<string, number> = {};
  let syncs = 0;
  for (const { name, target, text } of callsIn(readFileSync(log, 'utf8'))) {
    if (name !== 'write') syncs += target.startsWith(join(folder, 'spool')) ? 1 : 0;
    const [, step] = /"(opened|appended|removed|appended again)\\n"/.exec(text) ?? [];
    if (step === undefined) continue;
    steps[step] = syncs;
    syncs = 0;
  }
  expect(steps).toEqual({ opened: expect.any(Number) as number, appended: 1, removed: 0, 'appended again': 1 });
});
