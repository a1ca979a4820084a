/** What is said of work that the store does not get done. */
import { describe, expect, it } from 'vitest';
import { UpkeepWatch } from '../../../src/service/upkeep-watch.js';

function aWatch() {
  const lines: string[] = [];
  const say = (level: string) => (fields: object, message: string) => {
    lines.push(`${level}: ${message} ${JSON.stringify(fields)}`);
  };
  const log = { error: say('error'), warn: say('warn'), info: say('info'), debug: say('debug') };
  return { lines, watch: new UpkeepWatch(log) };
}

describe('upkeep that fails', () => {
  it('is said at once, again every ten minutes or for another reason, and when it works again; each is counted', () => {
    const { lines, watch } = aWatch();
    for (let minute = 0; minute <= 12; minute++)
      watch.note(minute * 60_000, { task: 'compaction', why: 'a trigger says no' });
    watch.note(13 * 60_000, { task: 'compaction', why: 'a row is none' });
    expect(watch.failing).toEqual([{ task: 'compaction', why: 'a row is none' }]);
    watch.note(14 * 60_000, { task: 'compaction', why: null });
    expect(lines.map((line) => /^(\w+): .*"failures":(\d+)/.exec(line)?.slice(1))).toEqual([
      ['error', '1'],
      ['error', '11'],
      ['error', '14'],
      ['info', '14'],
    ]);
    expect(lines[0]).toContain('report this line');
    expect([watch.failing, watch.failures]).toEqual([
      [],
      { compaction: 14, set_aside: 0, retention: 0, forgetting: 0 },
    ]);
  });

  it('of several tasks is told for each', () => {
    const { lines, watch } = aWatch();
    watch.note(0, { task: 'retention', why: 'audit: a trigger says no' });
    watch.note(1, { task: 'forgetting', why: 'a trigger says no' });
    watch.note(2, { task: 'retention', why: null });
    expect(watch.failing).toEqual([{ task: 'forgetting', why: 'a trigger says no' }]);
    expect(lines).toHaveLength(3);
  });
});

describe('chunks that cannot be read', () => {
  it('are said when there are more than before, and counted as they are', () => {
    const { lines, watch } = aWatch();
    const newest = { source: 'default', dbid: '101', hourMs: 3_600_000, samples: 60, why: 'it ends too early' };
    for (const count of [2, 1, 3]) watch.noteDamaged({ count, newest });
    watch.noteDamaged({ count: 0, newest: null });
    expect(lines.map((line) => /"chunks":(\d)/.exec(line)?.[1])).toEqual(['2', '3']);
    expect(lines[0]).toContain('"hour":"1970-01-01T01:00:00.000Z"');
    expect(watch.damagedChunks).toBe(0);
  });
});
