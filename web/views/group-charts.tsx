/** Four charts of statistics with goal and band, one crosshair through all. Continued by the stream. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { CampaignGroup, StatisticsPage } from '../api-types.js';
import { getWhole } from '../api.js';
import { useCell } from '../cell.js';
import { type ChartData, chartDataOf, extendChart } from '../chart-data.js';
import { gapsOf } from '../chart-gaps.js';
import { duration, percent } from '../format.js';
import { type Gap, GAP_WORDS, type GapKind, type TimeSpan } from '../gap-kinds.js';
import { goalOf } from '../goal.js';
import { model } from '../model.js';
import { Chart } from '../parts/chart.js';
import { Failed } from '../parts/empty.js';
import { NotRefreshed } from '../parts/found.js';
import { useLoaded } from '../parts/loaded.js';
import { type Range, viewerZone } from '../range.js';
import type { ChartKind } from '../shown-chart.js';
import { useSilences } from '../silences.js';
import { loadTransitions } from '../transitions-feed.js';

const seconds = (value: number | null) => (value === null ? '–' : duration(value * 1000));

const BUSY: ChartKind = { name: 'busy_ratio', label: 'Busy factor', unit: 'ratio', least: 1, format: percent };
const HIT: ChartKind = { name: 'hit_ratio', label: 'Hit ratio', unit: 'ratio', least: 0.4, format: percent };
const TIME: ChartKind = {
  name: 'time_to_complete_seconds',
  label: 'Time to complete',
  unit: 'seconds',
  least: 3600,
  format: seconds,
};

/** The scale of over-dialing reaches to twice its limit. */
function kindsFor(limit: number | null): readonly ChartKind[] {
  const least = 2 * (limit ?? 0);
  return [BUSY, HIT, { name: 'overdial_ratio', label: 'Overdial', unit: 'ratio', least, format: percent }, TIME];
}

/** About as many points as there are pixels to tell apart. */
const POINTS = 240;
const STEPS_SECONDS = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400] as const;
const DAY_SECONDS = 86_400;
const LONGEST_STEP_SECONDS = 7 * DAY_SECONDS;
/** A season, and a year, are looked at by days, closer together. */
const MOST_DAYS = 400;
const QUARTER_SECONDS = 900;
/** Beyond it silences are too short to be seen, and would be looked for in every sample. */
const SILENCES_SHOWN_MS = 31 * 1000 * DAY_SECONDS;
/** A sample each ten seconds for the whole of a range; what is more is a fault. */
const MOST_STEPS = 5000;
const MOST_TRANSITIONS = 5000;

/** How far apart points are that can be told apart. */
function stepSecondsOf(spanMs: number): number {
  const step = STEPS_SECONDS.find((one) => spanMs / 1000 / one <= POINTS);
  return step ?? (spanMs / 1000 / DAY_SECONDS <= MOST_DAYS ? DAY_SECONDS : LONGEST_STEP_SECONDS);
}

interface Props {
  readonly group: CampaignGroup;
  readonly path: string;
  readonly range: Range;
}

export function GroupCharts({ group, path, range }: Props) {
  const limit = useCell(model.limits)?.overdial_ratio ?? null;
  const kinds = useMemo(() => kindsFor(limit), [limit]);
  const askedSeconds = stepSecondsOf(range.toMs - range.fromMs);
  const { data, stepSeconds, resolution, loaded } = useSteps({ group, path, range }, askedSeconds);
  const { gaps, gapsFromMs } = useGaps({ group, path, range });
  if (loaded.error !== null && loaded.value === null) return <Failed why={loaded.error} onRetry={loaded.reload} />;
  return (
    <>
      <NotRefreshed loaded={loaded} />
      {data !== null && data.at.length === 0 && (
        <p class="quiet panel-body">No statistics were received in this time.</p>
      )}
      <div class="charts">
        {data !== null &&
          kinds.map((kind) => {
            const goal = goalOf(group, kind.name);
            const ownLimit = kind.name === 'overdial_ratio' ? limit : null;
            return (
              <figure key={kind.name} class="chart">
                <Caption kind={kind} value={group.statistics[kind.name]} goal={goal} limit={ownLimit} />
                <Chart {...{ kind, data, stepSeconds, range, gaps, gapsFromMs, goal }} limit={ownLimit} />
              </figure>
            );
          })}
      </div>
      {data !== null && data.at.length > 0 && <Resolution stepSeconds={stepSeconds} resolution={resolution} />}
      <Legend />
    </>
  );
}

interface CaptionProps {
  readonly kind: ChartKind;
  readonly value: number | null;
  readonly goal: number | null;
  readonly limit: number | null;
}

function Caption({ kind, value, goal, limit }: CaptionProps) {
  return (
    <figcaption>
      {kind.label} <b>{kind.format(value)}</b>
      {goal !== null && (
        <span class="line-key">
          <i class="line-goal" aria-hidden="true" /> goal {kind.format(goal)}
        </span>
      )}
      {limit !== null && (
        <span class="line-key">
          <i class="line-limit" aria-hidden="true" /> limit {kind.format(limit)}
        </span>
      )}
    </figcaption>
  );
}

/** Short words; the tip and the table say the whole. */
const LEGEND: readonly (readonly [GapKind, string])[] = [
  ['idle', 'not running'],
  ['no_figure', 'no figure came'],
  ['silent', 'silent'],
  ['unobserved', 'nobody observed'],
];

function Legend() {
  return (
    <ul class="chart-legend" aria-label="What the charts show">
      <li>
        <i class="gap-key gap-key-spread" aria-hidden="true" /> from min to max, with the mean as a line
      </li>
      {LEGEND.map(([kind, words]) => (
        <li key={kind} title={GAP_WORDS[kind]}>
          <i class={`gap-key gap-key-${kind}`} aria-hidden="true" /> {words}
        </li>
      ))}
    </ul>
  );
}

interface ResolutionProps {
  readonly stepSeconds: number;
  readonly resolution: StatisticsPage['resolution'];
}

/** What a point is: how much time, and what it was made of. */
function Resolution({ stepSeconds, resolution }: ResolutionProps) {
  const of = resolution === '15m' ? 'added up by quarters of an hour' : 'of samples as they were sent';
  return (
    <p class="quiet panel-body chart-resolution">
      Each point: {duration(stepSeconds * 1000)}, {of}
    </p>
  );
}

/** A range that ends now is loaded once: the stream continues it. */
function queryOf(range: Range) {
  return {
    key: range.span ?? `${range.fromMs} ${range.toMs}`,
    from: new Date(range.fromMs).toISOString(),
    to: range.span === null ? new Date(range.toMs).toISOString() : null,
  };
}

function useSteps({ group, path, range }: Props, askedSeconds: number) {
  const { key, from, to } = queryOf(range);
  const [data, setData] = useState<ChartData | null>(null);
  const loaded = useLoaded(`${path} ${key}`, async (signal) => {
    const query = { step: `${askedSeconds}s`, from, to, tz: askedSeconds < DAY_SECONDS ? null : viewerZone() };
    const { items, lastPage } = await getWhole<StatisticsPage>(`${path}/statistics`, query, MOST_STEPS, signal);
    const eventMs = Date.parse(model.groups.get(group.id)?.value.last_event_at ?? group.last_event_at);
    return { data: chartDataOf(items, eventMs), resolution: lastPage.resolution };
  });
  const resolution = loaded.value?.resolution ?? 'samples';
  // Where samples have gone, steps are longer than those that were asked for.
  const unit = resolution === '15m' ? QUARTER_SECONDS : 1;
  const stepSeconds = Math.ceil(askedSeconds / unit) * unit;
  useEffect(() => {
    setData(loaded.value?.data ?? null);
  }, [loaded.value]);
  useEffect(
    () =>
      model.on('statistics', (news) => {
        if (news.id !== group.id || range.span === null) return;
        const eventMs = Date.parse(news.last_event_at);
        setData((known) => known && extendChart(known, news.statistics, eventMs, stepSeconds));
      }),
    [group.id, key, stepSeconds],
  );
  return { data, stepSeconds, resolution, loaded };
}

interface Gaps {
  readonly gaps: readonly Gap[];
  /** Before it there were more transitions than are loaded: why there is no line is not told. */
  readonly gapsFromMs: number;
}

const NO_GAPS: readonly Gap[] = [];

/** What is known of the time in which a chart has no line. */
function useGaps({ group, path, range }: Props): Gaps {
  const { key, from } = queryOf(range);
  const loaded = useLoaded(`${path} ${key} ${group.state} ${group.last_actor ?? ''}`, (signal) =>
    loadTransitions(`${path}/transitions`, from, MOST_TRANSITIONS, signal),
  );
  const service = useCell(model.service);
  const past = useSilences(group, Math.max(range.fromMs, range.toMs - SILENCES_SHOWN_MS));
  const { value } = loaded;
  return useMemo(() => {
    const { fromMs, toMs } = range;
    if (value === null) return { gaps: NO_GAPS, gapsFromMs: fromMs };
    const gapsFromMs = Math.min(toMs, Math.max(fromMs, value.cutMs ?? fromMs));
    const unobserved = (service?.unobserved ?? []).map((one) => spanOf(one.from, one.to));
    const history = { group, transitions: value.items, unobserved, past };
    return { gaps: gapsOf(history, { fromMs: gapsFromMs, toMs }), gapsFromMs };
  }, [value, service, past, group.state, group.state_seen_since, range.fromMs, range.toMs]);
}

function spanOf(from: string, to: string): TimeSpan {
  return { fromMs: Date.parse(from), toMs: Date.parse(to) };
}
