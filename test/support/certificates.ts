import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { toolIsHere } from './tools.js';

const hasOpenssl = toolIsHere('openssl', 'openssl', 'version');

/** `describe` where there is an openssl. */
export const describeWithOpenssl = describe.runIf(hasOpenssl);

export interface Issued {
  readonly certPath: string;
  readonly keyPath: string;
}

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args[0] ?? ''}: ${stderr}`);
}

/** An authority of its own in a folder of its own. */
export class Authority implements Issued {
  readonly folder = mkdtempSync(join(tmpdir(), 'ocm-certificates-'));
  readonly certPath = join(this.folder, 'ca.pem');
  readonly keyPath = join(this.folder, 'ca.key');

  constructor(name: string) {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', this.keyPath];
    openssl('req', '-x509', ...key, '-subj', `/CN=${name}`, '-days', '30', '-out', this.certPath);
  }

  /** A certificate for servers and clients alike. */
  issue(name: string, days = 30, names = 'DNS:localhost,IP:127.0.0.1'): Issued {
    const at = (suffix: string) => join(this.folder, `${name}.${suffix}`);
    const [certPath, keyPath] = [at('pem'), at('key')];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyPath];
    openssl('req', ...key, '-subj', `/CN=${name}`, '-out', at('csr'));
    writeFileSync(at('ext'), `subjectAltName=${names}\n`);
    const signed = ['-CA', this.certPath, '-CAkey', this.keyPath, '-CAcreateserial', '-extfile', at('ext')];
    openssl('x509', '-req', '-in', at('csr'), ...signed, '-days', String(days), '-out', certPath);
    return { certPath, keyPath };
  }
}
