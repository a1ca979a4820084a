/** The timeline as a table: what the lanes draw, group by group, newest first. */
import type { CampaignGroup } from '../api-types.js';
import { type Cell, useCell } from '../cell.js';
import { nowMs } from '../clock.js';
import { clockSeconds, count, utc } from '../format.js';
import { stopsOf } from '../lane-stops.js';
import { model } from '../model.js';
import { NO_TRANSITIONS, useLane } from '../parts/lane.js';
import { Said } from '../parts/said.js';
import type { Gap } from '../parts/state-shapes.js';
import type { Range } from '../range.js';
import { hrefTo } from '../route.js';
import type { TransitionsFeed } from '../transitions-feed.js';

/** Groups in one table: each asks for its silences. */
const MOST_GROUPS = 100;
/** Of a group, the newest. */
const MOST_ROWS = 50;

interface Props {
  readonly ids: readonly string[];
  readonly range: Range;
  readonly feed: TransitionsFeed;
  readonly unobserved: readonly Gap[];
}

export function LaneTable({ ids, ...rest }: Props) {
  const shown = ids.slice(0, MOST_GROUPS);
  return (
    <div class="table-scroll lane-table" tabIndex={0} role="group" aria-label="Timeline as a table">
      {shown.length < ids.length && (
        <p class="notice">
          The first {count(MOST_GROUPS)} of {count(ids.length)} groups: search or filter for others.
        </p>
      )}
      <table class="table">
        <caption class="hidden">What was when, newest first</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Until</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        {shown.map((id) => {
          const cell = model.groups.get(id);
          return cell === undefined ? null : <GroupRows key={id} cell={cell} {...rest} />;
        })}
      </table>
    </div>
  );
}

type RowsProps = Omit<Props, 'ids'> & { readonly cell: Cell<CampaignGroup> };

function GroupRows({ cell, range, feed, unobserved }: RowsProps) {
  const group = useCell(cell);
  const { lane } = useLane(group, feed.byGroup.get(group.id) ?? NO_TRANSITIONS, range, feed.cutMs);
  const stops = stopsOf(lane, feed.withdrawn.get(group.id) ?? NO_TRANSITIONS, unobserved, range).reverse();
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={3}>
          <a href={hrefTo('group', group.id)}>
            <Said text={group.name} />
          </a>
        </th>
      </tr>
      {stops.slice(0, MOST_ROWS).map(({ fromMs, toMs, words }) => (
        <tr key={`${fromMs} ${toMs} ${words}`}>
          <td class="nowrap">
            <Time ms={fromMs} />
          </td>
          <td class="nowrap">
            {toMs === fromMs ? '' : toMs === range.toMs ? 'the end of the time' : <Time ms={toMs} />}
          </td>
          <td>{words}</td>
        </tr>
      ))}
      {stops.length === 0 && (
        <tr>
          <td colSpan={3}>Nothing is known of this time.</td>
        </tr>
      )}
      {stops.length > MOST_ROWS && (
        <tr>
          <td colSpan={3}>{count(stops.length - MOST_ROWS)} more before: choose a shorter time.</td>
        </tr>
      )}
    </tbody>
  );
}

function Time({ ms }: { readonly ms: number }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={utc(ms)}>
      {clockSeconds(ms, nowMs())}
    </time>
  );
}
