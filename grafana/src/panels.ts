/** How panels of one kind look. Each says what it shows, in which unit, and what stands there when there is nothing. */
import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  AxisPlacement,
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  BarGaugeSizing,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  FieldTextAlignment,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableCellDisplayMode,
  TableCellHeight,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTextDisplayOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type DataTransformerConfig,
  type DynamicConfigValue,
  type Panel,
  type ThresholdsConfig,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as Heatmap } from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { always, byThreshold, COLOURS, fixed, STATE_MAPPINGS } from './theme.js';
import { INFINITY, PROMETHEUS } from './variables.js';

export interface About {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  /** Shown when there is nothing: says whether that is good. */
  readonly none: string;
  /** Digits after the point; by the value when not said. */
  readonly decimals?: number;
}

/** For figures that are 0, not absent, when all is well. */
export const NO_DATA = 'No data';

/** Steps of a chart that ranks all groups or lists: each step reads them all. */
export const POINTS = 400;

export type Target = Builder<Dataquery>;
export type BuiltPanel = Builder<Panel>;

/** What every panel builder of the SDK can do. */
interface Described {
  title(title: string): this;
  description(description: string): this;
  unit(unit: string): this;
  noValue(noValue: string): this;
  decimals(decimals: number): this;
  datasource(source: { type: string; uid: string }): this;
  targets(targets: Target[]): this;
}

function described<T extends Described>(panel: T, about: About, targets: readonly Target[]): T {
  const fromApi = targets.some((target) => 'url' in target.build());
  panel
    .title(about.title)
    .description(about.description)
    .unit(about.unit)
    .noValue(about.none)
    .datasource(fromApi ? INFINITY : PROMETHEUS)
    .targets([...targets]);
  return about.decimals === undefined ? panel : panel.decimals(about.decimals);
}

export interface Asked {
  readonly legend?: string;
  readonly refId?: string;
  /** Least step of a range, like `1d`. */
  readonly step?: string;
}

/** Over the range, for lines. */
export function over(expr: string, { legend = '', refId = 'A', step }: Asked = {}): DataqueryBuilder {
  const target = new DataqueryBuilder().datasource(PROMETHEUS).expr(expr).range().legendFormat(legend).refId(refId);
  return step === undefined ? target : target.interval(step);
}

/** At the end of the range, for numbers. */
export function now(expr: string, { legend = '', refId = 'A' }: Asked = {}): DataqueryBuilder {
  return new DataqueryBuilder().datasource(PROMETHEUS).expr(expr).instant().legendFormat(legend).refId(refId);
}

/** At the end of the range, a row a series. */
export function rows(expr: string, refId: string): Target {
  return now(expr, { refId }).format(PromQueryFormat.Table);
}

/** Buckets of a histogram over the range. */
export function buckets(expr: string): Target {
  return over(expr, { legend: '{{le}}' }).format(PromQueryFormat.Heatmap);
}

const last = () => new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false);

/** One number, coloured by its thresholds. */
export function stat(about: About, targets: readonly Target[], thresholds: Builder<ThresholdsConfig>): Stat {
  return described(new Stat(), about, targets)
    .reduceOptions(last())
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Value)
    .colorScheme(byThreshold)
    .thresholds(thresholds);
}

/** One word that a label or a mapping holds. */
export function wordStat(about: About, targets: readonly Target[], mappings?: ValueMapping[]): Stat {
  const panel = stat(about, targets, always(COLOURS.calm));
  return mappings ? panel.mappings(mappings) : panel.textMode(BigValueTextMode.Name);
}

export function series(about: About, targets: readonly Target[]): TimeSeries {
  return described(new TimeSeries(), about, targets)
    .lineWidth(1)
    .fillOpacity(0)
    .showPoints(VisibilityMode.Auto)
    .axisSoftMin(0)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
}

/** Counts that add up to a whole. */
export function stackedBars(about: About, targets: readonly Target[]): TimeSeries {
  return series(about, targets)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(70)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
}

/** Lanes of states; a lane without samples has a gap, not the last state. */
export function timeline(about: Omit<About, 'unit'>, targets: readonly Target[], perPage: number): StateTimeline {
  return described(new StateTimeline(), { ...about, unit: 'none' }, targets)
    .mappings(STATE_MAPPINGS)
    .colorScheme(byThreshold)
    .thresholds(always(COLOURS.unknown))
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .fillOpacity(85)
    .lineWidth(0)
    .rowHeight(0.85)
    .perPage(perPage)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.None));
}

export function heatmap(about: About, targets: readonly Target[]): Heatmap {
  // The buckets are counts; the unit is that of the axis.
  return described(new Heatmap(), about, targets)
    .calculate(false)
    .hideLegend()
    .yAxis({ build: () => ({ unit: about.unit, axisPlacement: AxisPlacement.Left }) });
}

const BAR_PIXELS = 44;

/** Bars one below the other, longest first; of one height and one size of letters, few bars or many. */
export function bars(about: About, targets: readonly Target[]): BarGauge {
  return described(new BarGauge(), about, targets)
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .reduceOptions(last())
    .showUnfilled(true)
    .sizing(BarGaugeSizing.Manual)
    .maxVizHeight(BAR_PIXELS)
    .namePlacement(BarGaugeNamePlacement.Top)
    .text(new VizTextDisplayOptionsBuilder().titleSize(13).valueSize(16))
    .min(0)
    .colorScheme(fixed(COLOURS.active));
}

export interface TableAbout extends About {
  /** Column to sort by; `-` first for the greatest on top. */
  readonly sortBy?: string;
  readonly transformations?: readonly DataTransformerConfig[];
  /** Pixels of columns, by heading, and more where the heading needs it; those not named share what is left. */
  readonly widths?: Readonly<Record<string, number>>;
}

/** An empty cell is empty: only a table without rows says why. And a name like 007 is no number. */
const CELLS: readonly (readonly [fieldType: string, properties: DynamicConfigValue[]])[] = [
  [
    'time',
    [
      { id: 'noValue', value: '–' },
      { id: 'unit', value: 'dateTimeAsIso' },
    ],
  ],
  ['number', [{ id: 'noValue', value: '–' }]],
  [
    'string',
    [
      { id: 'noValue', value: '–' },
      { id: 'unit', value: 'string' },
    ],
  ],
];

/** Of a column of moments: `2026-11-30 16:34:03`. */
export const MOMENT_PIXELS = 156;
const HEADING_LETTER_PIXELS = 7.6;
/** The paddings, the sign of the filter, and the arrow of the column that the table is sorted by. */
const HEADING_ROOM_PIXELS = 40;
const SORTED_PIXELS = 20;

function widthOf(heading: string, pixels: number, { sortBy = '' }: TableAbout): number {
  const arrow = sortBy.replace(/^-/, '') === heading ? SORTED_PIXELS : 0;
  return Math.max(pixels, Math.ceil(heading.length * HEADING_LETTER_PIXELS + HEADING_ROOM_PIXELS + arrow));
}

export function table(about: TableAbout, targets: readonly Target[]): Table {
  const panel = described(new Table(), about, targets)
    .cellHeight(TableCellHeight.Sm)
    .showHeader(true)
    .filterable(true)
    .transformations([...(about.transformations ?? [])]);
  for (const [fieldType, properties] of CELLS) panel.overrideByFieldType(fieldType, properties);
  for (const [heading, pixels] of Object.entries(about.widths ?? {}))
    panel.overrideByName(heading, [width(widthOf(heading, pixels, about))]);
  if (about.sortBy === undefined) return panel;
  const desc = about.sortBy.startsWith('-');
  return panel.sortBy([{ build: () => ({ displayName: about.sortBy?.replace(/^-/, '') ?? '', desc }) }]);
}

/** Columns of a table made of several queries: labels, the value of each under its heading, more labels, and no others. */
export function columns(
  headings: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
  moreLabels: Readonly<Record<string, string>> = {},
): DataTransformerConfig[] {
  const values = Object.entries(headings).map(([refId, heading]) => [`Value #${refId}`, heading] as const);
  const shown = [...Object.entries(labels), ...values, ...Object.entries(moreLabels)];
  return [
    { id: 'merge', options: {} },
    { id: 'filterFieldsByName', options: { include: { names: shown.map(([name]) => name) } } },
    {
      id: 'organize',
      options: {
        renameByName: Object.fromEntries(shown),
        indexByName: Object.fromEntries(shown.map(([name], index) => [name, index])),
        excludeByName: {},
      },
    },
  ];
}

/** Properties of one column. */
export const unit = (value: string): DynamicConfigValue => ({ id: 'unit', value });
export const decimals = (value: number): DynamicConfigValue => ({ id: 'decimals', value });
const width = (value: number): DynamicConfigValue => ({ id: 'custom.width', value });
/** Of a number that a word stands for. */
export const left: DynamicConfigValue = { id: 'custom.align', value: FieldTextAlignment.Left };
/** Seconds as people say them: `46.3 s`, `2.5 hours`. */
export const DURATION: DynamicConfigValue[] = [unit('s'), decimals(1)];
export const mapped = (value: ValueMapping[]): DynamicConfigValue => ({ id: 'mappings', value });
export const coloured: DynamicConfigValue = {
  id: 'custom.cellOptions',
  value: { type: TableCellDisplayMode.ColorText },
};
export const gauge = (max: number): readonly DynamicConfigValue[] => [
  { id: 'custom.cellOptions', value: { type: TableCellDisplayMode.Gauge, mode: BarGaugeDisplayMode.Basic } },
  { id: 'min', value: 0 },
  { id: 'max', value: max },
];
export const colour = (value: string): DynamicConfigValue => ({
  id: 'color',
  value: { mode: 'fixed', fixedColor: value },
});
export const thresholds = (value: Builder<ThresholdsConfig>): DynamicConfigValue => ({
  id: 'thresholds',
  value: value.build(),
});
export const DASHED: DynamicConfigValue = {
  id: 'custom.lineStyle',
  value: { fill: 'dash', dash: [8, 6] },
};
/** A goal: dashed, nothing below it. */
export const goalLine: DynamicConfigValue[] = [colour(COLOURS.goal), DASHED];

/** A link from a value to another dashboard: the time and both data sources go along. */
export function linkTo(uid: string, title: string, variables: Readonly<Record<string, string>>): DynamicConfigValue {
  const more = Object.entries(variables).map(([name, value]) => `var-${name}=${value}`);
  const url = `/d/${uid}?${['${__url_time_range}', '${datasource:queryparam}', '${infinity:queryparam}', ...more].join('&')}`;
  return { id: 'links', value: [{ title, url }] };
}

/** A link between dashboards: time and variables go along. */
export function dashboardLink(uid: string, title: string, tooltip: string) {
  return new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Link)
    .url(`/d/${uid}`)
    .tooltip(tooltip)
    .icon('dashboard')
    .keepTime(true)
    .includeVars(true);
}
