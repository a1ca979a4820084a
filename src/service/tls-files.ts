/** The files behind TLS: read and checked as a whole, so that what is handed to a server works. */
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { type TlsPaths } from '../config/config.js';
import { messageOf, MonitorError } from '../domain/errors.js';
import { certificatesIn } from '../http/client-certificates.js';
import type { TlsMaterial } from '../http/server.js';
import { variableOf } from '../config/settings.js';

export interface TlsFiles extends TlsMaterial {
  readonly notBeforeMs: number;
  readonly expiresMs: number;
}

/** Throws OCM_CONFIG whose message names every faulty file and what to do. */
export function readTlsFiles({ certPath, keyPath, clientCaPath }: TlsPaths): TlsFiles {
  const faults: string[] = [];
  const certificate = read(certPath, variableOf('tls_cert'), faults);
  const key = read(keyPath, variableOf('tls_key'), faults);
  const clientCa = clientCaPath === null ? null : read(clientCaPath, variableOf('tls_client_ca'), faults);
  const leaf = certificate === null ? null : leafOf(certificate, certPath, faults);
  const privateKey = key === null ? null : privateKeyOf(key, keyPath, faults);
  if (leaf && privateKey && !leaf.checkPrivateKey(privateKey)) {
    faults.push(
      `the key ${keyPath} does not belong to the certificate ${certPath}: name the two that were made together`,
    );
  }
  if (clientCa !== null && clientCaPath !== null) checkAuthorities(clientCa, clientCaPath, faults);
  if (faults.length > 0 || certificate === null || key === null || leaf === null) throw faulty(faults);
  try {
    createSecureContext({ cert: certificate, key, ...(clientCa !== null && { ca: clientCa }) });
  } catch (error) {
    throw faulty([`${certPath} and ${keyPath} cannot be used: ${messageOf(error)}`]);
  }
  const notBeforeMs = Date.parse(leaf.validFrom);
  return { cert: certificate, key, clientCa, notBeforeMs, expiresMs: Date.parse(leaf.validTo) };
}

/** Changes when one of the files does, through links too; null for a file that is not there. */
export function stampOf({ certPath, keyPath, clientCaPath }: TlsPaths): string {
  const stamps = [certPath, keyPath, clientCaPath].map((path) => {
    const stat = path === null ? undefined : statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? null : [stat.ino, stat.mtimeMs, stat.size];
  });
  return JSON.stringify(stamps);
}

function read(path: string, variable: string, faults: string[]): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const todo =
      code === 'ENOENT'
        ? 'is not there: mend the path'
        : code === 'EACCES'
          ? 'may not be read by this user: change its owner or mode'
          : `cannot be read: ${messageOf(error)}`;
    faults.push(`${variable}: ${path} ${todo}`);
    return null;
  }
}

function leafOf(pem: string, path: string, faults: string[]): X509Certificate | null {
  try {
    const [leaf] = certificatesIn(pem);
    if (leaf) return leaf;
    faults.push(`${path} holds no certificate: it should be PEM, beginning with -----BEGIN CERTIFICATE-----`);
  } catch (error) {
    faults.push(`${path} holds a damaged certificate: ${messageOf(error)}`);
  }
  return null;
}

function privateKeyOf(pem: string, path: string, faults: string[]): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    // What OpenSSL says of it may quote the file.
    faults.push(`${path} holds no usable private key: it should be PEM, without a passphrase`);
    return null;
  }
}

function checkAuthorities(pem: string, path: string, faults: string[]): void {
  try {
    if (certificatesIn(pem).length > 0) return;
    faults.push(`${path} holds no certificate: it should be the PEM of the authorities of client certificates`);
  } catch (error) {
    faults.push(`${path} holds a damaged certificate: ${messageOf(error)}`);
  }
}

function faulty(faults: readonly string[]): MonitorError {
  return new MonitorError('OCM_CONFIG', `TLS cannot be used:\n  - ${faults.join('\n  - ')}`);
}
