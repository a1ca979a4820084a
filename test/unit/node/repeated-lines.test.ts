import { describe, expect, it } from 'vitest';
import { RepeatedLines } from '../../../src/node/repeated-lines.js';

function aLog() {
  const lines: { level: string; fields: object; message: string }[] = [];
  const note = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  let nowMs = 0;
  const waiting: (() => void)[] = [];
  const log = new RepeatedLines(
    { error: note('error'), warn: note('warn'), info: note('info'), debug: note('debug') },
    { nowMs: () => nowMs, after: (_ms, work) => void waiting.push(work) },
  );
  return {
    log,
    lines,
    /** Time passes, and what was to be done by then is. */
    pass: (ms: number) => {
      nowMs += ms;
      for (const work of waiting.splice(0)) work();
    },
  };
}

const SUMMED_UP = 'equal lines were left out';

describe('repeated lines', () => {
  it('are written some times, then once in ten seconds, and a line says how many were left out', () => {
    const { log, lines, pass } = aLog();
    // A store that can write and cannot by turns, each 25 ms, for ten seconds.
    for (let n = 0; n < 200; n++) {
      log.error({ why: 'EIO' }, 'cannot write');
      log.info({}, 'can write again');
    }
    expect(lines.length).toBe(10);
    pass(10_000);
    expect(lines.slice(10)).toEqual([
      { level: 'error', fields: { leftOut: 195, line: 'cannot write' }, message: SUMMED_UP },
      { level: 'info', fields: { leftOut: 195, line: 'can write again' }, message: SUMMED_UP },
    ]);
    for (let n = 0; n < 200; n++) log.error({ why: 'EIO' }, 'cannot write');
    expect(lines.length).toBe(13);
    pass(10_000);
    expect(lines.at(-1)?.fields).toEqual({ leftOut: 199, line: 'cannot write' });
  });

  it('are equal whatever id they carry, and by what an error says', () => {
    const { log, lines } = aLog();
    for (let n = 0; n < 20; n++) log.error({ id: String(n), err: new Error('EACCES') }, 'a request failed');
    expect(lines.length).toBe(5);
    log.error({ id: 'x', err: new Error('another') }, 'a request failed');
    expect(lines.length).toBe(6);
  });

  it('that say the same of different things are bounded, too; others are not touched by it', () => {
    const { log, lines, pass } = aLog();
    for (let n = 0; n < 200; n++) log.warn({ n }, 'one of many');
    expect(lines.length).toBe(50);
    log.warn({}, 'another');
    expect(lines.length).toBe(51);
    pass(10_000);
    expect(lines.at(-1)?.fields).toEqual({ leftOut: 150, line: 'one of many' });
    for (let n = 200; n < 400; n++) log.warn({ n }, 'one of many');
    expect(lines.length).toBe(62);
  });

  it('of administrators are left out only where they are equal', () => {
    const { log, lines } = aLog();
    for (let n = 0; n < 200; n++) log.info({ audit: true, n }, 'administrative action');
    expect(lines.length).toBe(200);
  });

  it('are known in a bounded number, and what was left out of one that is forgotten is said before', () => {
    const { log, lines } = aLog();
    for (let n = 0; n < 8; n++) log.info({ audit: true }, 'first');
    for (let n = 0; n < 1000; n++) log.info({ audit: true, n }, 'other');
    expect(lines.filter(({ message }) => message === SUMMED_UP)).toEqual([
      { level: 'info', fields: { leftOut: 3, line: 'first' }, message: SUMMED_UP },
    ]);
  });

  it('that cannot be compared are written all the same', () => {
    const { log, lines } = aLog();
    const circle: { self?: object } = {};
    circle.self = circle;
    log.info(circle, 'a circle');
    expect(lines.length).toBe(1);
  });
});
