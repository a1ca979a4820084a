/** How panels look in Grafana: what is cut, what an override misses, what figures and empty cells read like. */
import { type Dashboard, isProm, type Panel, shownPanels } from './dashboard-model.js';

export type Rule = (dashboard: Dashboard, all: readonly Dashboard[]) => string[];

export const place = (dashboard: Dashboard, panel: Panel) => `${dashboard.uid} / ${panel.title ?? String(panel.id)}`;
export const when = (fault: boolean, text: string) => (fault ? [text] : []);

/** A window of 1440 pixels, without the margins of the page. */
const GRID_PIXELS = 1408;
const GAP_PIXELS = 8;
const COLUMNS = 24;
/** Measured in Grafana's font, Inter at 14 pixels: the widest average of all titles of nine letters or more. */
const TITLE_LETTER_PIXELS = 8.3;
/** Around a title: the paddings, the border, and the sign of the description. */
const TITLE_ROOM_PIXELS = 56;
const LONGEST_CHOSEN = '100';

/** A title that is cut says nothing in a place where nobody points at it. */
export const titles: Rule = (dashboard) =>
  shownPanels(dashboard).flatMap((panel) => {
    const { w } = panel.gridPos;
    const room = (w * (GRID_PIXELS + GAP_PIXELS)) / COLUMNS - GAP_PIXELS - TITLE_ROOM_PIXELS;
    const letters = (panel.title ?? '').replace(/\$\w+/g, LONGEST_CHOSEN).length;
    return when(
      letters * TITLE_LETTER_PIXELS > room,
      `${place(dashboard, panel)}: the title is cut at ${Math.floor(room / TITLE_LETTER_PIXELS)} letters`,
    );
  });

/** Headings of a table. */
export function columnsOf({ targets = [], transformations = [] }: Panel): string[] {
  const renamed = transformations.find(({ id }) => id === 'organize')?.options['renameByName'] as
    Readonly<Record<string, string>> | undefined;
  return renamed
    ? Object.values(renamed)
    : targets.flatMap((target) => (isProm(target) ? [] : target.columns.map(({ text }) => text)));
}

/** Names of the lines; of one that a label names, the label stands for it. */
const legendsOf = ({ targets = [] }: Panel) =>
  targets.filter(isProm).map(({ legendFormat = '' }) => legendFormat.replace(/\{\{(\w+)\}\}/g, '$1'));

/** As Grafana reads it: without slashes the whole name has to match. */
export function asGrafanaReads(pattern: string): RegExp {
  const [, inner, flags] = /^\/(.*?)\/(g?i?m?y?s?)$/.exec(pattern) ?? [];
  return inner === undefined ? new RegExp(`^${pattern}$`) : new RegExp(inner, flags);
}

const matches = (name: string, { id, options }: { readonly id: string; readonly options: unknown }) =>
  id === 'byRegexp' ? asGrafanaReads(String(options)).test(name) : name === options;

/** An override or an order that matches no column and no line does nothing, silently. */
export const overrides: Rule = (dashboard) =>
  shownPanels(dashboard)
    .filter(({ type }) => type === 'table' || type === 'timeseries')
    .flatMap((panel) => {
      const names = panel.type === 'table' ? columnsOf(panel) : legendsOf(panel);
      const sorted = (panel.options?.sortBy ?? []).map(({ displayName }) => displayName);
      const idle = (panel.fieldConfig?.overrides ?? [])
        .map(({ matcher }) => matcher)
        .filter(
          (matcher) => ['byName', 'byRegexp'].includes(matcher.id) && !names.some((name) => matches(name, matcher)),
        );
      return [
        ...sorted.filter((name) => !names.includes(name)).map((name) => `sorted by ${name}, which is no column`),
        ...idle.map(({ options }) => `${String(options)} matches nothing`),
      ].map((fault) => `${place(dashboard, panel)}: ${fault}`);
    });

const EMPTY_CELL = '–';
const FIELD_TYPES = ['time', 'number', 'string'];

/** Grafana writes what a table without rows says into each empty cell, unless the cells have a word of their own. */
export const cells: Rule = (dashboard) =>
  shownPanels(dashboard)
    .filter(({ type }) => type === 'table')
    .flatMap((panel) =>
      FIELD_TYPES.filter(
        (fieldType) =>
          !(panel.fieldConfig?.overrides ?? []).some(
            ({ matcher, properties }) =>
              matcher.id === 'byType' &&
              matcher.options === fieldType &&
              properties.some(({ id, value }) => id === 'noValue' && value === EMPTY_CELL),
          ),
      ).map((fieldType) => `${place(dashboard, panel)}: an empty ${fieldType} says what the whole table should`),
    );

/** Units of time that read `46s:341ms`, `00:00:46` or `46 seconds, 0 milliseconds`. */
const ODD_UNITS = /^(clock|dt)/;
/** With none a duration loses up to half of itself: `2 hours` for two and three quarters. */
const DURATION_DECIMALS = 1;

/** `46.3 s`, `2.5 hours`: one way to say a duration, on figures, in cells and on axes. */
export const durations: Rule = (dashboard) =>
  shownPanels(dashboard).flatMap((panel) => {
    const { defaults, overrides: own = [] } = panel.fieldConfig ?? {};
    const settings = own.map(({ properties }) => {
      const valueOf = (name: string) => properties.find(({ id }) => id === name)?.value;
      return { unit: valueOf('unit'), decimals: valueOf('decimals') ?? defaults?.decimals };
    });
    const isFigure = panel.type === 'stat' || panel.type === 'table';
    return [{ unit: defaults?.unit, decimals: defaults?.decimals }, ...settings].flatMap(({ unit, decimals }) => [
      ...when(ODD_UNITS.test(String(unit)), `${place(dashboard, panel)}: durations are in s, not in ${String(unit)}`),
      ...when(
        isFigure && unit === 's' && decimals !== DURATION_DECIMALS,
        `${place(dashboard, panel)}: a duration takes one decimal`,
      ),
    ]);
  });
