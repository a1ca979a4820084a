/** The units that ship, as systemd itself judges them. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder } from '../../support/folders.js';
import { toolIsHere } from '../../support/tools.js';

describe.skipIf(!toolIsHere('systemd-analyze', 'systemd'))('the systemd units', () => {
  let folder: string;
  const unit = (name: string) => join(folder, name);
  const analyze = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ocm-units-'));
    cpSync('deploy/systemd', folder, { recursive: true });
    // The program systemd would start has to be there for it to agree.
    const service = readFileSync(unit('ocs-monitor.service'), 'utf8');
    writeFileSync(unit('ocs-monitor.service'), service.replace('/usr/bin/node', process.execPath));
  });
  afterAll(() => {
    removeFolder(folder);
  });

  it('pass `systemd-analyze verify` without a remark', () => {
    const units = readdirSync(folder).map(unit);
    expect(units).toHaveLength(3);
    expect(analyze('verify', '--man=no', ...units)).toEqual({ status: 0, said: '' });
  });

  it('expose the service to 3.0 at most', () => {
    expect(analyze('security', '--offline=true', '--threshold=30', unit('ocs-monitor.service')).status).toBe(0);
  });

  it('name the sockets as the program knows them', () => {
    const nameIn = (name: string) => /^FileDescriptorName=(.+)$/m.exec(readFileSync(unit(name), 'utf8'))?.[1];
    expect(nameIn('ocs-monitor.socket')).toBe('ingest');
    expect(nameIn('ocs-monitor-read.socket')).toBe('read');
  });
});
