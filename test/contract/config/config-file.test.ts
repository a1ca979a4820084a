/** What only a file can say, and that every fault of it is named at once. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/config.js';
import { removeFolder } from '../../support/folders.js';

const folder = mkdtempSync(join(tmpdir(), 'ocm-config-'));
afterAll(() => {
  removeFolder(folder);
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

  it('has shifts, written alike', () => {
    const file = fileOf('shifts.yaml', 'sources: {eu-1: {shifts: daily 14:00-01:30 Europe/Berlin}, us-1: {}}');
    const { sources } = readConfig({}, {}, file);

    expect([...sources].map(([name, { shifts }]) => [name, shifts.map(({ kind }) => kind)])).toEqual([
      ['eu-1', ['weekly']],
      ['us-1', []],
    ]);
  });

  it('names a window that is none, beside every other fault', () => {
    const faults = faultsOf(
      'sources: {eu-1: {maintenance: [sometimes, "sun 02:00-04:00"], interval: soon, shifts: [daily 8-20]}}',
    );

    expect(faults).toContain('sources.eu-1.maintenance should be windows like');
    expect(faults).toContain('"sometimes"');
    expect(faults).toContain('sources.eu-1.shifts should be windows like');
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

describe('a host', () => {
  const faults = (flags: Parameters<typeof readConfig>[0]): string => {
    try {
      readConfig(flags, {}, null);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each(['127.0.0.1', '127.255.0.9', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'localhost', 'LOCALHOST'])(
    'may be listened on without tokens where it is loopback: %s',
    (host) => {
      expect(faults({ host })).toBe('');
      expect(faults({ read_host: host, read_port: '9000' })).toBe('');
    },
  );

  it.each([
    '127.evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '::',
    '::2',
    '128.0.0.1',
    'monitor',
  ])('is exposed where it only looks so: %s', (host) => {
    expect(faults({ host })).toMatch(/OCM_INGEST_TOKENS[^]*OCM_READ_TOKENS/);
    expect(faults({ read_host: host, read_port: '9000' })).toMatch(/OCM_READ_TOKENS/);
  });

  it.each(['127.1', '127.0.0.256', '0x7f000001', '[::1]', '0.0.0.0:8080', 'http://monitor', 'a b', '*', '127.0.0.1/8'])(
    'is a fault where it is neither address nor name: %s',
    (host) => {
      expect(faults({ host })).toMatch(/--host should be an address like/);
    },
  );

  it('has one listener a port', () => {
    expect(faults({ port: '9000', read_port: '9000' })).toMatch(
      /OCM_READ_PORT should differ from OCM_PORT.* \(said by --port, --read-port\)$/,
    );
    expect(faults({ port: '9000', read_port: '9000', read_host: '127.0.0.2' })).toBe('');
    expect(faults({ port: '0', read_port: '0' })).toBe('');
  });

  it.each(['/a/../b', '/..', '/a/.', '/./a', '//a', '/a//b', '/%2e', '/a?b', '/a#b', 'a', '/a b', '/a/..'])(
    'is served below a path that nobody resolves to another one; not %s',
    (path) => {
      expect(faults({ base_path: path })).toMatch(/--base-path should be a path like/);
    },
  );

  it.each(['/a', '/a/', '/a/b', '/.well-known/a', '/a..b', '/...'])('may be served below %s', (path) => {
    expect(faults({ base_path: path })).toBe('');
  });

  it.each(['10.0.0.0/8/9', '10.0.0.0/33', 'fe80::1%eth0/64', '10.0.0.0/', '10.0.0.0/-1', '10.0.0/8'])(
    'takes no network like %s',
    (network) => {
      expect(faults({ ingest_networks: network })).toMatch(/--ingest-networks should be CIDRs/);
    },
  );

  it('takes no ratio above 1, and no tenant twice', () => {
    expect(faults({ overdial_limit: '3' })).toMatch(/--overdial-limit should be a ratio from 0 to 1/);
    expect(faults({ tenants: '1=A,1=B' })).toMatch(/--tenants should be DBIDs and names .* each DBID once/);
  });
});

describe('silence', () => {
  it.each<[string, string, Parameters<typeof readConfig>[0], string]>([
    [
      'is as long as the interval',
      '',
      { silence_after: '20s', periodic_interval: '20s' },
      'OCM_SILENCE_AFTER should be longer than the interval: silent after 20s, but posts come every 20s',
    ],
    [
      'is shorter than the interval that is assumed',
      '',
      { silence_after: '5s' },
      'silent after 5s, but posts come every 10s, unless OCM_PERIODIC_INTERVAL says otherwise',
    ],
    ['is 0', '', { silence_after: '0' }, 'silent after 0s'],
    [
      'of a source is shorter than its interval',
      'sources: {eu-1: {interval: 60s, silence_after: 30s}}',
      {},
      'file: sources.eu-1: silence_after should be longer than the interval: silent after 30s, but posts come every 60s',
    ],
    [
      'of all is shorter than the interval of a source',
      'sources: {eu-1: {interval: 60s}}',
      { silence_after: '45s' },
      'file: sources.eu-1: silence_after',
    ],
    [
      'of a source is shorter than the interval of all',
      'sources: {eu-1: {silence_after: 20s}}',
      { periodic_interval: '30s' },
      'file: sources.eu-1: silence_after',
    ],
  ])('that %s is a fault', (_, file, flags, fault) => {
    expect(faultsOf(file, flags)).toContain(fault);
  });

  it('is none where no posts are expected, and right where it is longer', () => {
    const file = fileOf(
      'silence.yaml',
      'sources: {a: {interval: 0, silence_after: 1s}, b: {interval: 5s}, c: {interval: 40s}}',
    );
    expect(() => readConfig({ silence_after: '41s', periodic_interval: '40s' }, {}, file)).not.toThrow();
    expect(() => readConfig({ silence_after: '1s', periodic_interval: '0' }, {}, null)).not.toThrow();
    expect(() => readConfig({}, {}, file)).not.toThrow();
  });
});

describe('rules about abandoned calls', () => {
  it('stand beside those that are always there, or take the place of one', () => {
    const text =
      'compliance: {tsr: {limit: 0.02, period: 30d}, own: {limit: 0.1, per: campaign_group, period: 1h, window: rolling}}';
    const { ruleProfiles } = readConfig({}, {}, fileOf('rules.yaml', text));
    expect(ruleProfiles.map(({ name, limitRatio, per, window }) => [name, limitRatio, per, window])).toEqual([
      ['tsr', 0.02, 'campaign', 'successive'],
      ['24h', 0.03, 'campaign', 'rolling'],
      ['own', 0.1, 'campaign_group', 'rolling'],
    ]);
    expect(readConfig({}, {}, null).ruleProfiles.map(({ name }) => name)).toEqual(['tsr', '24h']);
  });

  it('are refused with every fault', () => {
    const faults = faultsOf('compliance: {Own: {limit: 3, per: agent, period: long, goal: 1}, bare: 3}');
    for (const fault of [
      'compliance.Own should be a name of 1 to 32 of the characters a-z 0-9 . _ -',
      'compliance.Own has an unknown key goal',
      'compliance.Own.limit should be a ratio above 0, up to 1, like 0.03',
      'compliance.Own.per should be one of campaign, campaign_group',
      'compliance.Own.period should be a duration like 30d or 24h, 400d at most',
      'compliance.bare should say limit, per, period and window',
    ])
      expect(faults).toContain(fault);
    const many = Array.from({ length: 9 }, (_, n) => `r${String(n)}: {limit: 0.1, period: 1d}`).join(', ');
    expect(faultsOf(`compliance: {${many}}`)).toContain('there are 10 at most');
  });
});
