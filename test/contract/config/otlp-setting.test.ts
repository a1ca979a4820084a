/** Where metrics are exported to: what may be said, and what is a fault. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Flags, readConfig } from '../../../src/config/config.js';
import { removeFolder } from '../../support/folders.js';

const folder = mkdtempSync(join(tmpdir(), 'ocm-config-'));
afterAll(() => {
  removeFolder(folder);
});

const otlpOf = (flags: Flags) => readConfig(flags, {}, null).otlp;

function headersFile(text: string): string {
  const path = join(folder, 'headers');
  writeFileSync(path, text);
  return path;
}

describe('the export by OTLP', () => {
  it('is off where nothing is said', () => {
    expect(otlpOf({})).toBeNull();
  });

  it.each([
    ['http://collector:4318', 'http://collector:4318/v1/metrics'],
    ['https://collector.example/otlp/', 'https://collector.example/otlp/v1/metrics'],
    ['http://[::1]:4318/v1/metrics', 'http://[::1]:4318/v1/metrics'],
    ['https://collector.example/?tenant=a', 'https://collector.example/v1/metrics?tenant=a'],
  ])('goes to %s', (said, endpoint) => {
    expect(otlpOf({ otlp_endpoint: said })).toEqual({ endpoint, intervalMs: 60_000, headers: [] });
  });

  it('has headers of a file, every one', () => {
    const otlp_headers_file = headersFile('Authorization: Bearer a b:c==\r\nX-Scope-OrgID:7  \n');
    expect(otlpOf({ otlp_endpoint: 'http://c', otlp_interval: '5s', otlp_headers_file })).toEqual({
      ...{ endpoint: 'http://c/v1/metrics', intervalMs: 5000 },
      headers: [
        ['Authorization', 'Bearer a b:c=='],
        ['X-Scope-OrgID', '7'],
      ],
    });
  });

  it.each([
    ['a word', { otlp_endpoint: 'collector' }, 'should be an address like https://collector.example:4318'],
    ['another protocol', { otlp_endpoint: 'ftp://collector' }, 'should be an address'],
    ['a password', { otlp_endpoint: 'https://a:b@collector' }, 'without user and password'],
    ['an interval that is none', { otlp_endpoint: 'http://c', otlp_interval: '10ms' }, 'should be 1s or more'],
    ['headers for nobody', { otlp_headers_file: '/dev/null' }, 'OCM_OTLP_HEADERS_FILE has no effect without'],
    ['a file that is not there', { otlp_endpoint: 'http://c', otlp_headers_file: '/nowhere' }, 'cannot be read'],
  ])('refuses %s', (_what, flags, fault) => {
    expect(() => otlpOf(flags)).toThrow(fault);
  });

  it('refuses lines that are no headers, by their number and without showing them', () => {
    const otlp_headers_file = headersFile('no header of mine\nContent-Type: text/plain\nA: s\u0001cret\nB: good\n');
    const read = () => otlpOf({ otlp_endpoint: 'http://c', otlp_headers_file });
    expect(read).toThrow(
      /line 1: should be a header[^]*line 2: Content-Type is set by the export[^]*line 3: should be/,
    );
    expect(read).not.toThrow(/mine|cret/);
  });
});
