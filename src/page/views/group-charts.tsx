/** Four charts of statistics with goal and band, one crosshair through all. Continued by the stream. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { CampaignGroup, Sample, Statistic } from '../api-types.js';
import { getAll } from '../api.js';
import { useCell } from '../cell.js';
import { type ChartData, extendChart } from '../chart-data.js';
import { duration, percent } from '../format.js';
import { goalOf } from '../goal.js';
import { model } from '../model.js';
import { Chart } from '../parts/chart.js';
import { Failed } from '../parts/empty.js';
import { NotRefreshed } from '../parts/found.js';
import { useLoaded } from '../parts/loaded.js';
import type { Range } from '../range.js';

interface Kind {
  readonly name: Statistic;
  readonly label: string;
  /** The least that the scale reaches to; that of over-dialing is twice its limit. */
  readonly top: number;
  readonly format: (value: number | null) => string;
}

const seconds = (value: number | null) => (value === null ? '–' : duration(value * 1000));

const KINDS: readonly Kind[] = [
  { name: 'busy_ratio', label: 'Busy factor', top: 1, format: percent },
  { name: 'hit_ratio', label: 'Hit ratio', top: 0.4, format: percent },
  { name: 'overdial_ratio', label: 'Overdial', top: 0, format: percent },
  { name: 'time_to_complete_seconds', label: 'Time to complete', top: 3600, format: seconds },
];

/** About as many points as there are pixels to tell apart. */
const POINTS = 240;
const STEPS_SECONDS = [10, 30, 60, 120, 300, 600, 900, 1800, 3600] as const;

interface Props {
  readonly group: CampaignGroup;
  readonly path: string;
  readonly range: Range;
}

export function GroupCharts({ group, path, range }: Props) {
  const limit = useCell(model.limits)?.overdial_ratio ?? null;
  const span = range.toMs - range.fromMs;
  const stepSeconds = STEPS_SECONDS.find((step) => span / 1000 / step <= POINTS) ?? 3600;
  // A range that ends now is loaded once: the stream continues it.
  const key = range.span ?? `${range.fromMs} ${range.toMs}`;
  const query = {
    step: `${stepSeconds}s`,
    from: new Date(range.fromMs).toISOString(),
    to: range.span === null ? new Date(range.toMs).toISOString() : null,
  };
  const loaded = useLoaded(`${path} ${key}`, async (signal) =>
    toData(await getAll<Sample>(`${path}/statistics`, query, 2000, signal)),
  );
  const { value, error, reload } = loaded;
  const data = useRef<ChartData | null>(null);
  useMemo(() => (data.current = value), [value]);
  useEffect(
    () =>
      model.on('statistics', (news) => {
        if (news.id !== group.id || range.span === null || data.current === null) return;
        data.current = extendChart(data.current, news.statistics, Date.parse(news.last_event_at), stepSeconds);
      }),
    [group.id, key, stepSeconds],
  );
  if (error !== null && value === null) return <Failed why={error} onRetry={reload} />;
  if (value?.at.length === 0 && data.current?.at.length === 0)
    return <p class="quiet panel-body">No statistics were received in this time.</p>;
  return (
    <div class="charts">
      <NotRefreshed loaded={loaded} />
      {KINDS.map(({ name, label, top, format }) => (
        <figure key={name} class="chart">
          <figcaption>
            {label} <b>{format(group.statistics[name])}</b>
            {goalOf(group, name) !== null && <span class="quiet"> goal {percent(goalOf(group, name))}</span>}
          </figcaption>
          <Chart
            data={data.current}
            name={name}
            label={`${label} over time`}
            range={range}
            top={name === 'overdial_ratio' ? 2 * (limit ?? 0) : top}
            goal={goalOf(group, name)}
            limit={name === 'overdial_ratio' ? limit : null}
            format={format}
            stepSeconds={stepSeconds}
          />
        </figure>
      ))}
    </div>
  );
}

function toData(items: readonly Sample[]): ChartData {
  const oldestFirst = [...items].reverse();
  const column = (name: Statistic) => oldestFirst.map((item) => item[name]);
  return {
    at: oldestFirst.map(({ at }) => Date.parse(at) / 1000),
    busy_ratio: column('busy_ratio'),
    hit_ratio: column('hit_ratio'),
    overdial_ratio: column('overdial_ratio'),
    time_to_complete_seconds: column('time_to_complete_seconds'),
  };
}
