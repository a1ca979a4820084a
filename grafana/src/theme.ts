/** The one table of colours, marks and words: the same on every dashboard. Red is for trouble that wants a person. Apart for every kind of colour vision: test/web/colours.test.ts. */
import { FieldColorModeId, MappingType, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import type { ThresholdsConfig, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';

export const COLOURS = {
  running: '#339f65',
  active: '#3b83e6',
  leaving: '#d08400',
  inactive: '#6d6f79',
  off: '#92949d',
  unknown: '#7e50af',
  trouble: '#e1343f',
  calm: '#8e8e98',
  goal: '#d08400',
} as const;

/** State codes as OCS sends them by default; a running group that is silent has SILENT added to its own. */
export const SILENT = 100;

export const STATE_LOOKS = {
  running: { code: 5, text: '● running', color: COLOURS.running },
  active: { code: 4, text: '○ active', color: COLOURS.active },
  waiting_unload: { code: 1, text: '◐ waiting unload', color: COLOURS.leaving },
  unload_in_progress: { code: 2, text: '◐ unload in progress', color: COLOURS.leaving },
  inactive: { code: 3, text: '▬ inactive', color: COLOURS.inactive },
  not_loaded: { code: 0, text: '· not loaded', color: COLOURS.off },
} as const;

const SILENT_LOOK = { text: '? unknown (was running)', color: COLOURS.unknown };

/** For `stateCode()` of queries.ts: every code has a word; one that no table lists is said to be unknown. */
export const STATE_MAPPINGS: ValueMapping[] = [
  {
    type: MappingType.ValueToText,
    options: Object.fromEntries(
      Object.values(STATE_LOOKS).map(({ code, text, color }, index) => [String(code), { text, color, index }]),
    ),
  },
  {
    type: MappingType.RangeToText,
    options: { from: SILENT, to: 2 * SILENT - 1, result: { ...SILENT_LOOK, index: 6 } },
  },
  {
    type: MappingType.RangeToText,
    options: {
      from: 6,
      to: SILENT - 1,
      result: { text: '? number not in the table', color: COLOURS.unknown, index: 7 },
    },
  },
];

/** The same for columns of the API, which hold words. */
export const STATE_WORD_MAPPINGS: ValueMapping[] = [
  {
    type: MappingType.ValueToText,
    options: Object.fromEntries(
      Object.entries(STATE_LOOKS).map(([word, { text, color }], index) => [word, { text, color, index }]),
    ),
  },
  {
    type: MappingType.RegexToText,
    options: { pattern: '^unknown.*', result: { ...SILENT_LOOK, text: '? unknown', index: 6 } },
  },
];

/** What is wrong with a group, worst first: the values of `rank()` of queries.ts. */
export const TROUBLES = {
  stuck: { weight: 8, text: '✖ stuck in unload' },
  stopped: { weight: 4, text: '✖ stopped by itself' },
  overdial: { weight: 2, text: '✖ over-dialing' },
  silent: { weight: 1, text: '? silent' },
} as const;

export const TROUBLE_MAPPINGS: ValueMapping[] = [
  range(0, 0.5, { text: '–', color: COLOURS.calm, index: 0 }),
  range(0.5, 1.5, { text: TROUBLES.silent.text, color: COLOURS.unknown, index: 1 }),
  range(1.5, 3.5, { text: TROUBLES.overdial.text, color: COLOURS.trouble, index: 2 }),
  range(3.5, 7.5, { text: TROUBLES.stopped.text, color: COLOURS.trouble, index: 3 }),
  range(7.5, null, { text: TROUBLES.stuck.text, color: COLOURS.trouble, index: 4 }),
];

function range(from: number, to: number | null, result: { text: string; color: string; index: number }): ValueMapping {
  return { type: MappingType.RangeToText, options: { from, to, result } };
}

/** Yes and no of the API, where yes is worth a look. */
export const YES_MAPPINGS: ValueMapping[] = [
  {
    type: MappingType.ValueToText,
    options: { true: { text: 'yes', color: COLOURS.goal, index: 0 }, false: { text: '–', index: 1 } },
  },
];

const built = <T>(value: T) => ({ build: () => value });

/** Calm below, another colour from the bound on. */
export function from(bound: number, color: string, below: string = COLOURS.calm) {
  const steps = [
    { value: null, color: below },
    { value: bound, color },
  ];
  return built<ThresholdsConfig>({ mode: ThresholdsMode.Absolute, steps });
}

/** One colour whatever the value. */
export const always = (color: string) =>
  built<ThresholdsConfig>({ mode: ThresholdsMode.Absolute, steps: [{ value: null, color }] });

export const fixed = (color: string) => built({ mode: FieldColorModeId.Fixed, fixedColor: color });
export const byThreshold = built({ mode: FieldColorModeId.Thresholds });
