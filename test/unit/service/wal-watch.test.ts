import { beforeEach, describe, expect, it } from 'vitest';
import { WalWatch } from '../../../src/service/wal-watch.js';

const MINUTE_MS = 60_000;
const LARGE = 1_160_000_000;

let lines: string[];
let watch: WalWatch;
beforeEach(() => {
  lines = [];
  const note = (level: string) => (_fields: object, message: string) => void lines.push(`${level}: ${message}`);
  watch = new WalWatch({ error: note('error'), warn: note('warn'), info: note('info'), debug: note('debug') });
});

describe('a write-ahead log', () => {
  it('of the size that it has by itself is not spoken of', () => {
    for (let n = 0; n < 100; n++) watch.note(n * MINUTE_MS, 64 * 1024 * 1024);
    expect(lines).toEqual([]);
  });

  it('that grows is told at once, then every ten minutes, and when it is over', () => {
    for (let n = 0; n < 25; n++) watch.note(n * MINUTE_MS, LARGE + n);
    const grows = 'warn: the write-ahead log grows';
    expect(lines).toEqual([grows, grows, grows]);
    watch.note(25 * MINUTE_MS, 1000);
    watch.note(26 * MINUTE_MS, 1000);
    expect(lines.slice(3)).toEqual(['info: the write-ahead log is small again']);
    watch.note(27 * MINUTE_MS, LARGE);
    expect(lines.slice(4)).toEqual([grows]);
  });
});
