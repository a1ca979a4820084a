/** The colours of states, of the page and of the dashboards: read by whoever sees them, and apart for all. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COLOURS, STATE_LOOKS } from '../../grafana/src/theme.js';
import { LANE_SHAPES } from '../../web/lane-shapes.js';
import { lookOf, lookOfGroup } from '../../web/state-look.js';
import { contrast, difference, mixed, seenBy, type Vision, VISIONS } from '../support/colours.js';

/** CIEDE2000: five times what is just noticed side by side, for dots that stand far apart. */
const LEAST_APART = 10;
const TEXT = 4.5;
const GRAPHICS = 3;

const TONES = ['running', 'active', 'going', 'inactive', 'off', 'silent', 'trouble'] as const;
const STYLE = readFileSync(new URL('../../web/styles/base.css', import.meta.url), 'utf8');

/** A colour of the style sheet, light or dark. */
function token(name: string, theme: 'light' | 'dark'): string {
  const [, light, dark] = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(STYLE) ?? [];
  const colour = theme === 'light' ? light : dark;
  if (colour === undefined) throw new Error(`base.css has no --${name}`);
  return colour;
}

const { running, active, leaving, inactive, off, unknown, trouble } = COLOURS;
const PALETTES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  light: Object.fromEntries(TONES.map((tone) => [tone, token(tone, 'light')])),
  dark: Object.fromEntries(TONES.map((tone) => [tone, token(tone, 'dark')])),
  dashboards: { running, active, leaving, inactive, off, unknown, trouble },
};

describe('colours of states', () => {
  it.each(Object.keys(VISIONS) as Vision[])('are apart with %s', (vision) => {
    for (const [palette, colours] of Object.entries(PALETTES)) {
      const names = Object.keys(colours);
      const pairs = names.flatMap((one, index) => names.slice(index + 1).map((other) => [one, other] as const));
      const tooNear = pairs
        .map(([one, other]) => ({
          pair: `${one}, ${other}`,
          apart: difference(seenBy(vision, colours[one] ?? ''), seenBy(vision, colours[other] ?? '')),
        }))
        .filter(({ apart }) => apart < LEAST_APART);
      expect({ palette, pairs: pairs.length, tooNear }).toEqual({ palette, pairs: 21, tooNear: [] });
    }
  });

  it.each(['light', 'dark'] as const)('and all others of the %s page are read where they stand', (theme) => {
    const on = (names: readonly string[], grounds: readonly string[], least: number) =>
      names.flatMap((name) =>
        grounds
          .map((ground) => ({ name, ground, ratio: contrast(token(name, theme), token(ground, theme)) }))
          .filter(({ ratio }) => ratio < least),
      );
    expect(on([...TONES, 'text', 'muted', 'accent'], ['panel', 'ground', 'accent-ground'], TEXT)).toEqual([]);
    expect(on(['text', 'muted', 'accent'], ['sunken'], TEXT)).toEqual([]);
    expect(on(['trouble', 'text'], ['trouble-ground'], TEXT)).toEqual([]);
    expect(on(['panel'], ['accent'], TEXT)).toEqual([]);
    expect(on(['line-strong', 'spark', 'accent'], ['panel', 'ground'], GRAPHICS)).toEqual([]);
    const share = Number(/--running-fill: color-mix\(in srgb, var\(--running\) (\d+)%/.exec(STYLE)?.[1]) / 100;
    const fill = mixed(share, token('running', theme), token('panel', theme));
    expect(contrast(fill, token('panel', theme))).toBeGreaterThan(GRAPHICS);
  });

  it('of dashboards stand out on the grounds of both themes of Grafana', () => {
    for (const [name, colour] of Object.entries(COLOURS))
      for (const ground of ['#181b1f', '#ffffff'])
        expect([name, ground, contrast(colour, ground) >= GRAPHICS]).toEqual([name, ground, true]);
  });

  it('never say a state alone: each has a word, a mark and a shape on lanes of its own', () => {
    const states = ['running', 'active', 'waiting_unload', 'unload_in_progress', 'inactive', 'not_loaded'];
    const looks = [...states.map(lookOf), lookOfGroup({ state: 'running', silent: true })];
    expect(new Set(looks.map(({ label }) => label)).size).toBe(looks.length);
    const marks = new Map(looks.map(({ tone, mark }) => [tone, mark]));
    expect(new Set(marks.values()).size).toBe(marks.size);
    // Those that fill the whole height are told apart by their outline.
    expect(new Set(Object.values(LANE_SHAPES).map(String)).size).toBe(Object.keys(LANE_SHAPES).length - 1);
    const texts = Object.values(STATE_LOOKS).map(({ text, color }) => [text.slice(0, 1), color] as const);
    expect(new Set(texts.map(([mark]) => mark)).size).toBe(new Set(texts.map(([, color]) => color)).size);
  });
});

describe('the measures of colours', () => {
  it('are those that are published', () => {
    // Sharma, Wu and Dalal (2005), table 1.
    for (const [one, other, expected] of [
      [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
      [[50, 2.49, -0.001], [50, -2.49, 0.0009], 7.1792],
      [[50, 2.49, -0.001], [50, -2.49, 0.0011], 7.2195],
      [[50, 2.5, 0], [73, 25, -18], 27.1492],
      [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
      [[90.8027, -2.0831, 1.441], [91.1528, -1.6435, 0.0447], 1.4441],
      [[2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082],
    ] as const)
      expect(difference(one, other)).toBeCloseTo(expected, 4);
    expect(contrast('#000000', '#ffffff')).toBe(21);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
    // Red and green of one lightness are nearly one colour without the cones for red or green.
    expect(difference(seenBy('usual', '#b03030'), seenBy('usual', '#4f7a2a'))).toBeGreaterThan(40);
    expect(difference(seenBy('deuteranopia', '#b03030'), seenBy('deuteranopia', '#4f7a2a'))).toBeLessThan(12);
  });
});
