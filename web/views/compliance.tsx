/** Abandoned calls of all campaign groups over the period of a rule: what is proved, and what is not. */
import type { Page } from '../api-types.js';
import { getJson } from '../api.js';
import { useCell } from '../cell.js';
import { nowMs, useNow } from '../clock.js';
import type { ComplianceRow } from '../compliance-types.js';
import { lookOfVerdict, provedShare, whyWords, worstFirst } from '../compliance-words.js';
import { count, percent } from '../format.js';
import { Boundary } from '../parts/boundary.js';
import { FilterBar } from '../parts/filter-bar.js';
import { Found } from '../parts/found.js';
import { useLoaded } from '../parts/loaded.js';
import { StateBadge } from '../parts/mark.js';
import { Pick } from '../parts/pick.js';
import { Said } from '../parts/said.js';
import { Clock } from '../parts/time.js';
import { hrefTo, route } from '../route.js';

/** Each is a report of its own. */
const MOST_ROWS = 200;
/** Periods are of days. */
const REFRESH_MS = 60_000;
const DEFAULT_RULE = 'tsr';

interface Answer extends Page<ComplianceRow> {
  readonly profiles: readonly string[];
}

export function Compliance() {
  const { parameters } = useCell(route);
  useNow();
  const { q = '', tenant = '', source = '', rule = '' } = parameters;
  const query = { profile: rule, q, tenant, source };
  const turn = Math.floor(nowMs() / REFRESH_MS);
  const loaded = useLoaded(JSON.stringify([query, turn]), (signal) =>
    getJson<Answer>('compliance', { ...query, limit: MOST_ROWS }, signal),
  );
  const others = (loaded.value?.profiles ?? []).filter((name) => name !== DEFAULT_RULE);
  return (
    <div class="page compliance">
      <div class="page-head">
        <h1>Compliance</h1>
        <span class="spring" />
        <FilterBar
          groups={{ onLeaveSearch: () => undefined, withState: false }}
          exports={[{ label: 'Compliance', path: 'compliance', query }]}
        >
          <Pick
            name="rule"
            label={`Rule: ${DEFAULT_RULE}`}
            options={others.length > 0 ? [DEFAULT_RULE, ...others] : []}
          />
        </FilterBar>
      </div>
      <Boundary what="Compliance">
        <Found loaded={loaded}>{(answer) => <Rows answer={answer} />}</Found>
      </Boundary>
    </div>
  );
}

function Rows({ answer: { items, next_cursor: next } }: { readonly answer: Answer }) {
  const [first] = items;
  if (first === undefined) return <p class="quiet panel-body">No campaign group is found by this.</p>;
  return (
    <section class="panel" aria-labelledby="compliance-title">
      <header>
        <h2 id="compliance-title">Abandoned calls, at most {percent(first.limit_ratio)}</h2>
        <span class="quiet">
          {count(items.length)}
          {next === null ? '' : ' by name; narrow by the search for others'}
        </span>
      </header>
      <div class="table-scroll" tabIndex={0} role="group" aria-labelledby="compliance-title">
        <table class="table">
          <thead>
            <tr>
              <th>Campaign group</th>
              <th>Verdict</th>
              <th class="number" title="Between the least and the greatest final ratio of whole sessions">
                Proved
              </th>
              <th class="number" title="A guess that proves nothing: last ratios by the times of dialing">
                Estimate
              </th>
              <th>Since</th>
              <th class="number">Sessions</th>
              <th>Why undecided</th>
            </tr>
          </thead>
          <tbody>
            {worstFirst(items).map((row) => (
              <Row key={row.campaign_group_id} row={row} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ row }: { readonly row: ComplianceRow }) {
  return (
    <tr>
      <td>
        <a href={hrefTo('group', row.campaign_group_id)}>
          <Said text={row.campaign_group} />
        </a>
      </td>
      <td class="nowrap">
        <StateBadge look={lookOfVerdict(row)} />
      </td>
      <td class="number nowrap">{provedShare(row)}</td>
      <td class="number">{percent(row.estimated_ratio)}</td>
      <td class="nowrap">
        <Clock at={row.from} />
      </td>
      <td class="number nowrap">
        {count(row.sessions)}
        {row.undecided_sessions > 0 && <span class="quiet"> ({count(row.undecided_sessions)} open)</span>}
      </td>
      <td class="quiet">{row.why.map(whyWords).join('; ')}</td>
    </tr>
  );
}
