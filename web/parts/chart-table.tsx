/** A chart's figures as a table, made when it is opened. */
import { useState } from 'preact/hooks';
import { nowMs } from '../clock.js';
import { clockSeconds, utc } from '../format.js';
import { GAP_WORDS } from '../gap-kinds.js';
import { type ShownChart, tableOf } from '../shown-chart.js';

export function ChartTable({ shown }: { readonly shown: ShownChart }) {
  const [isOpen, setOpen] = useState(false);
  const { label } = shown.kind;
  return (
    <details
      class="chart-table"
      onToggle={({ currentTarget }) => {
        setOpen(currentTarget.open);
      }}
    >
      <summary>
        Table<span class="hidden"> of {label}</span>
      </summary>
      {isOpen && (
        <div class="table-scroll" tabIndex={0} role="group" aria-label={`${label} as a table`}>
          <Rows shown={shown} />
        </div>
      )}
    </details>
  );
}

function Rows({ shown }: { readonly shown: ShownChart }) {
  const { data, kind, allGaps } = shown;
  const { mean, min, max } = data[kind.name];
  const now = nowMs();
  const time = (ms: number) => (
    <time dateTime={new Date(ms).toISOString()} title={utc(ms)}>
      {clockSeconds(ms, now)}
    </time>
  );
  return (
    <table class="table">
      <caption class="hidden">{kind.label}, newest first</caption>
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col" class="number">
            Mean
          </th>
          <th scope="col" class="number">
            Min
          </th>
          <th scope="col" class="number">
            Max
          </th>
          <th scope="col" class="number">
            Posts
          </th>
        </tr>
      </thead>
      <tbody>
        {tableOf(shown).map(({ ms, row, gap }) =>
          gap !== null ? (
            <tr key={`${gap.kind} ${ms}`} class="gap-row">
              <td>{time(ms)}</td>
              <td colSpan={4}>
                until {clockSeconds(gap.toMs, now)}: {GAP_WORDS[gap.kind]}
              </td>
            </tr>
          ) : (
            <tr key={ms}>
              <td>{time(ms)}</td>
              <td class="number">{kind.format(mean[row] ?? null)}</td>
              <td class="number">{kind.format(min[row] ?? null)}</td>
              <td class="number">{kind.format(max[row] ?? null)}</td>
              <td class="number">{data.samples[row]}</td>
            </tr>
          ),
        )}
        {data.at.length === 0 && allGaps.length === 0 && (
          <tr>
            <td colSpan={5}>Nothing was received in this time.</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
