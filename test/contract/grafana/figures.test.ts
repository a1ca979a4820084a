/** What figures read like, and which columns and lines an override reaches: by Grafana's own code. */
import { describe, expect, it } from 'vitest';
import { shownPanels } from '../../../grafana/lint/dashboard-model.js';
import { asGrafanaReads } from '../../../grafana/lint/look-rules.js';
import { shippedDashboards } from '../../support/dashboards.js';
import { grafanaData } from '../../support/transformations.js';

const panels = shippedDashboards().flatMap(shownPanels);
const SECONDS = [0, 1.588, 14.608, 60, 2485, 7900, 90_061, 1_000_000, 40_000_000];
const SAID = /^\d+(\.\d)? (s|mins?|hours?|days?|weeks?|years?)$/;

describe('figures', () => {
  it('of seconds read as people say them', async () => {
    const { getValueFormat } = await grafanaData();
    const settings = panels
      .filter(({ type }) => type === 'stat' || type === 'table')
      .flatMap(({ fieldConfig }) => [
        { unit: fieldConfig?.defaults.unit, decimals: fieldConfig?.defaults.decimals },
        ...(fieldConfig?.overrides ?? []).map(({ properties }) => {
          const { unit, decimals } = Object.fromEntries(properties.map(({ id, value }) => [id, value]));
          return { unit: unit as string | undefined, decimals: decimals as number | undefined };
        }),
      ])
      .filter(({ unit }) => unit === 's');
    expect(settings.length).toBeGreaterThan(10);
    const texts = settings.flatMap(({ decimals }) =>
      SECONDS.map((seconds) => {
        const { text, suffix = '' } = getValueFormat('s')(seconds, decimals);
        return text + suffix;
      }),
    );
    expect(texts.filter((text) => !SAID.test(text))).toEqual([]);
    expect(texts).toContain('14.6 s');
    expect(texts).toContain('2.2 hours');
  });

  it('have the settings of the overrides that our lint thinks they have', async () => {
    const { stringToJsRegex } = await grafanaData();
    const patterns = panels
      .flatMap(({ fieldConfig }) => fieldConfig?.overrides ?? [])
      .filter(({ matcher }) => matcher.id === 'byRegexp')
      .map(({ matcher }) => String(matcher.options));
    for (const pattern of [...patterns, '^free', 'goal|limit', '/rate$/i'])
      expect(String(asGrafanaReads(pattern))).toBe(String(stringToJsRegex(pattern)));
  });
});
