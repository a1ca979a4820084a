/** The reasons why a chart has no line somewhere. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export type GapKind = 'unobserved' | 'silent' | 'idle' | 'no_figure';

export interface Gap extends TimeSpan {
  readonly kind: GapKind;
}

/** In the order of the legend. */
export const GAP_WORDS: Readonly<Record<GapKind, string>> = {
  unobserved: 'nobody observed: this service was down, or had not heard of the group yet',
  silent: 'silent: posts were due and did not come',
  idle: 'not running: no figures are due',
  no_figure: 'running, but no such figure came',
};
