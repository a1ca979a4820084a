import { describe, expect, it } from 'vitest';
import { WHY_UNDECIDED } from '../../src/domain/abandonment.js';
import type { ComplianceRow } from '../../web/compliance-types.js';
import { lookOfVerdict, provedShare, whyWords, worstFirst } from '../../web/compliance-words.js';

const aRow = (parts: Partial<ComplianceRow>): ComplianceRow => ({
  ...{ profile: 'tsr', limit_ratio: 0.03, per: 'campaign', from: '', to: '', verdict: 'within', low: 0, high: 0 },
  ...{ campaign_group_id: 'g', campaign_group: 'Spring@North', campaign: 'Spring', sessions: 1 },
  ...{ estimated_ratio: null, undecided_sessions: 0, why: [] },
  ...parts,
});

describe('a verdict on abandoned calls', () => {
  it('says what is proved of the share, and nothing where nothing is', () => {
    expect(provedShare({ low: 0.01, high: 0.024 })).toBe('1.0% to 2.4%');
    expect(provedShare({ low: 0.01, high: 0.01 })).toBe('1.0%');
    expect(provedShare({ low: null, high: null })).toBe('–');
  });

  it('has a word, a mark and words for every reason', () => {
    for (const verdict of ['within', 'over', 'undecided'] as const)
      expect(lookOfVerdict({ verdict }).label).not.toBe('');
    for (const why of WHY_UNDECIDED) expect(whyWords(why)).toMatch(/ /);
    expect(whyWords('some_day')).toBe('Some day');
  });

  it('stands in the list with trouble first, then what is not known, by the estimate', () => {
    const rows = [
      aRow({ campaign_group: 'A' }),
      aRow({ campaign_group: 'B', verdict: 'undecided', estimated_ratio: 0.01 }),
      aRow({ campaign_group: 'C', verdict: 'undecided', estimated_ratio: 0.02 }),
      aRow({ campaign_group: 'D', verdict: 'over', estimated_ratio: 0.05 }),
    ];
    expect(worstFirst(rows).map((row) => row.campaign_group)).toEqual(['D', 'C', 'B', 'A']);
  });
});
