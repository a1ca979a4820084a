/** What only a file can say, and that every fault of it is named at once. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.js';

const folder = mkdtempSync(join(tmpdir(), 'ocm-config-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function faultsOf(config: string, flags: Parameters<typeof readConfig>[0] = {}): string {
  try {
    readConfig(flags, {}, fileOf('faulty.yaml', config));
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('faults were expected');
}

describe('the configuration of a source', () => {
  it('has maintenance windows, one or a list', () => {
    const { sources } = readConfig(
      {},
      {},
      fileOf(
        'windows.yaml',
        'sources: {eu-1: {maintenance: "sun 02:00-04:00"}, us-1: {maintenance: ["daily 23:30-00:15 Europe/Berlin", "2026-12-24T20:00Z/2026-12-25T04:00Z"]}, asia: {}}',
      ),
    );

    expect([...sources].map(([name, { maintenance }]) => [name, maintenance.map(({ kind }) => kind)])).toEqual([
      ['eu-1', ['weekly']],
      ['us-1', ['weekly', 'once']],
      ['asia', []],
    ]);
  });

  it('names a window that is none, beside every other fault', () => {
    const faults = faultsOf('sources: {eu-1: {maintenance: [sometimes, "sun 02:00-04:00"], interval: soon}}');

    expect(faults).toContain('sources.eu-1.maintenance should be windows like');
    expect(faults).toContain('"sometimes"');
    expect(faults).toContain('sources.eu-1.interval should be a duration');
  });
});

describe('the settings of callbacks', () => {
  it('are read: names of tenants, the toll, the agents of a week', () => {
    const agents = fileOf('agents.csv', 'queue,weekday,from,to,agents\nVQ_Sales,mon,08:00,12:00,5\n');
    const { tenants, tollPerMinute, callbackCapacity, pii } = readConfig(
      { tenants: '1=Environment, 101=Sales North', toll_per_minute: '0.05', callback_capacity: agents },
      {},
      null,
    );

    expect([...tenants]).toEqual([
      [1, 'Environment'],
      [101, 'Sales North'],
    ]);
    expect([tollPerMinute, callbackCapacity?.slots.length, pii]).toEqual([0.05, 1, 'masked']);
  });

  it('are named where they are faulty, each line of the file of agents included', () => {
    const agents = fileOf('faulty.csv', 'queue,weekday,from,to,agents\nVQ_Sales,someday,08:00,12:00,5\n');
    const flags = { tenants: 'Environment', toll_per_minute: 'cheap', pii: 'none', callback_capacity: agents };
    const faults = faultsOf('', flags);

    for (const fault of ['--tenants should be', '--toll-per-minute should be', '--pii should be', 'line 2']) {
      expect(faults).toContain(fault);
    }
  });
});
