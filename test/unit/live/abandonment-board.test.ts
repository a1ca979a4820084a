import { describe, expect, it } from 'vitest';
import { AbandonmentBoard, FIGURES_SHOWN_MS } from '../../../src/live/abandonment-board.js';
import { Roster, type RosterEntry } from '../../../src/live/roster.js';
import { aSnapshot, NOW } from '../../support/snapshots.js';

const FIGURES = { low: 0.01, high: 0.02, estimatedRatio: 0.015 };
const rhythmOf = () => ({ intervalMs: 10_000, silenceAfterMs: null, assumedIntervalMs: 10_000 });

function anEntry(): RosterEntry {
  const roster = new Roster({ maxGroups: 1, maxSources: 1, upSinceMs: NOW, rhythmOf });
  roster.load([aSnapshot()]);
  const [entry] = roster.entries();
  if (entry === undefined) throw new Error('nobody is on the roster');
  return entry;
}

const names = (board: AbandonmentBoard, entry: RosterEntry, nowMs: number) =>
  [...board.shown(entry, nowMs)].map(([profile]) => profile);

describe('what is said of abandoned calls', () => {
  it('is shown by rule, the newest of each', () => {
    const [board, entry] = [new AbandonmentBoard(), anEntry()];
    board.note(entry, 'tsr', { ...FIGURES, low: 0 }, NOW);
    board.note(entry, '24h', FIGURES, NOW);
    board.note(entry, 'tsr', FIGURES, NOW + 1000);
    expect([...board.shown(entry, NOW + 1000)]).toMatchObject([
      ['tsr', FIGURES],
      ['24h', FIGURES],
    ]);
    expect([board.askedMs(entry, 'tsr'), board.askedMs(entry, 'strict')]).toEqual([NOW + 1000, null]);
    expect(names(board, anEntry(), NOW)).toEqual([]);
  });

  it('is shown for two hours, whatever is done to the clock', () => {
    const [board, entry] = [new AbandonmentBoard(), anEntry()];
    board.note(entry, 'tsr', FIGURES, NOW);
    expect(names(board, entry, NOW + FIGURES_SHOWN_MS)).toEqual(['tsr']);
    expect(names(board, entry, NOW + FIGURES_SHOWN_MS + 1)).toEqual([]);
    const yearMs = 365 * 86_400_000;
    board.move(yearMs);
    expect(names(board, entry, NOW + yearMs + 1000)).toEqual(['tsr']);
    expect(board.askedMs(entry, 'tsr')).toBe(NOW + yearMs);
    board.move(-2 * yearMs);
    expect(names(board, entry, NOW - yearMs + FIGURES_SHOWN_MS + 1)).toEqual([]);
  });
});
