/** Verdicts on abandoned calls in words and marks. Pure. */
import type { ComplianceRow, Verdict } from './compliance-types.js';
import { NOT_KNOWN, percent, words } from './format.js';
import type { Look } from './state-look.js';

const LOOKS: Readonly<Record<Verdict['verdict'], Look>> = {
  within: { label: 'Within', meaning: 'proved to be within the limit', tone: 'running', mark: 'disc' },
  over: { label: 'Over', meaning: 'proved to be over the limit', tone: 'trouble', mark: 'alarm' },
  undecided: { label: 'Undecided', meaning: 'neither is proved', tone: 'silent', mark: 'question' },
};

export function lookOfVerdict({ verdict }: Pick<Verdict, 'verdict'>): Look {
  return LOOKS[verdict];
}

/** What is proved of the share: `1.0% to 2.4%`. */
export function provedShare({ low, high }: Pick<Verdict, 'low' | 'high'>): string {
  if (low === null || high === null) return NOT_KNOWN;
  return percent(low) === percent(high) ? percent(low) : `${percent(low)} to ${percent(high)}`;
}

const WHY: Readonly<Record<string, string>> = {
  start_unknown: 'loaded before it was first heard of',
  cut_at_start: 'may have begun before the period',
  cut_at_end: 'went on after the period',
  running: 'still loaded',
  end_unseen: 'its unload was not told',
  no_figure: 'no ratio was said',
  not_final: 'its last calls are not in the ratio',
  silent: 'posts are missing; an unload and a load may be among them',
  above_limit: 'above the limit, or too close to tell',
  unobserved: 'the service was down meanwhile',
  left_out: 'more sessions than can be told',
};

export function whyWords(why: string): string {
  return WHY[why] ?? words(why);
}

const ORDER: Readonly<Record<Verdict['verdict'], number>> = { over: 0, undecided: 1, within: 2 };

/** Trouble first, then what is not known, by the estimate; then by name. */
export function worstFirst(rows: readonly ComplianceRow[]): ComplianceRow[] {
  return [...rows].sort(
    (a, b) =>
      ORDER[a.verdict] - ORDER[b.verdict] ||
      (b.estimated_ratio ?? -1) - (a.estimated_ratio ?? -1) ||
      (a.campaign_group < b.campaign_group ? -1 : 1),
  );
}
