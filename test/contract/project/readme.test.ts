import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { decodeTextIn } from '../../../src/ingest/decode-text.js';
import { makeJudge } from '../../../src/ingest/judge.js';
import { ENUMERATIONS } from '../../../src/ocs/enumerations.js';
import { compileNotificationSchema } from '../../../src/node/schemas.js';
import { removeFolder } from '../../support/folders.js';

const NOW_MS = Date.UTC(2026, 10, 20, 8, 30, 0);

/** The body in the README's curl command, as a shell would fill it in. */
function readmeBody(): string {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const [, body = ''] = /--data-binary @- <<BODY\n(.*?)\nBODY\n/s.exec(readme) ?? [];
  return body.replace('$(date +%s)', String(NOW_MS / 1000));
}

it('the body that the README posts with curl is applied without a warning', () => {
  const judge = makeJudge({
    decodeTextOf: () => decodeTextIn('utf-8'),
    validate: compileNotificationSchema().validate,
    enumerations: ENUMERATIONS,
    maxClockAheadMs: 3_600_000,
  });
  const delivery = {
    endpoint: 'campaign-group-state',
    source: 'default',
    receivedAtMs: NOW_MS,
    bytes: readmeBody(),
  } as const;

  const judgement = judge(delivery, NOW_MS);

  expect(judgement).toMatchObject({ warnings: [], notification: { dbid: '118', atMs: NOW_MS } });
});

it('the command is on the PATH after `npm install -g .`, from anywhere, and asks no registry for it', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const elsewhere = mkdtempSync(join(tmpdir(), 'ocm-path-'));
  try {
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('npm install -g .');
    const flags = ['--prefix', elsewhere, '--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', ['install', '-g', ...flags, '.'], { cwd: root, stdio: 'pipe' });
    const command = join(elsewhere, 'bin/ocs-monitor');
    expect(execFileSync(command, ['--version'], { cwd: elsewhere, encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
  } finally {
    removeFolder(elsewhere);
  }
});

it('no text sends anybody to `npx ocs-monitor` outside the project’s folder', () => {
  const root = new URL('../../../', import.meta.url);
  const pages = readdirSync(new URL('docs/', root)).filter((name) => name.endsWith('.md'));
  const sending = pages.filter((name) =>
    readFileSync(new URL(`docs/${name}`, root), 'utf8').includes('npx ocs-monitor'),
  );
  expect(sending).toEqual([]);
});
