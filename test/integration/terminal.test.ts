import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { removeFolder } from '../support/folders.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocm-terminal-'));
});
afterEach(() => {
  removeFolder(folder);
});

it('on a terminal a service says first what to open, and its log is for people', async () => {
  const command = `exec node dist/main.js serve --unsupervised --port 0 --store sqlite:${join(folder, 'test.db')}`;
  // script(1) runs it on a terminal of its own.
  const terminal = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
  let shown = '';
  terminal.stdout.on('data', (data: Buffer) => (shown += data.toString()));
  const ended = new Promise((resolve) => terminal.once('exit', resolve));
  await eventually(() => {
    expect(shown).toMatch(/\d\d:\d\d:\d\d {2}receiving {2}url=http:\/\/127\.0\.0\.1:\d+ /);
  });
  terminal.stdin.write('\u0003');

  expect(await ended).toBe(0);
  expect(shown).toMatch(/Open http:\/\/127\.0\.0\.1:\d+\/ in a browser\.[^]*receiving/);
  expect(shown).not.toContain('{"level"');
});
