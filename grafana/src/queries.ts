/**
 * The PromQL of the dashboards. What is a view of the store is taken with `max without (instance, pod)`, what each
 * process counted with `sum without (instance, pod)`: right for one receiver, for several, and during a fail-over.
 */
import { SILENT, TROUBLES } from './theme.js';

/** Of the chosen sources and tenants. */
export const CHOSEN = 'source=~"$source", tenant=~"$tenant"';
/** The one group of the campaign group dashboard. */
export const ONE_GROUP = 'source="$source", dbid="$dbid"';
/** Callbacks of the chosen sources, tenants and queues. */
export const QUEUES = `${CHOSEN}, virtual_queue=~"$virtual_queue"`;

/** How long a group may take to unload before a person is wanted, in seconds. */
const STUCK_AFTER_SECONDS = 900;

export interface ViewOptions {
  /** `offset 1h`, `@ end()`; `[1h]` only with `over`. */
  readonly at?: string;
  /** A function over a range, like `max_over_time(…[1h])`. */
  readonly over?: readonly [fn: string, range: string];
}

/** A gauge of the domain: one sample an entity, whoever was scraped. */
export function view(name: string, matchers: string, { at = '', over }: ViewOptions = {}): string {
  const selector = `${name}{${matchers}}`;
  const inner = over ? `${over[0]}(${selector}[${over[1]}]${after(at)})` : `${selector}${after(at)}`;
  return `max without (instance, pod) (${inner})`;
}

/** What happened in a time: of a counter, over all processes. */
export function increase(name: string, matchers: string, range: string, at = ''): string {
  return `sum without (instance, pod) (increase(${name}{${matchers}}[${range}]${after(at)}))`;
}

/** A counter a second, over all processes. */
export function rate(name: string, matchers: string): string {
  return `sum without (instance, pod) (rate(${name}{${matchers}}[$__rate_interval]))`;
}

const after = (at: string) => (at === '' ? '' : ` ${at}`);

/** The state as a number; of a running group that is silent SILENT more: nobody knows what it does. */
export function stateCode(matchers: string): string {
  const code = view('ocs_campaign_group_state_code', matchers);
  return `${code} + ${SILENT} * ${view('ocs_campaign_group_silent', matchers)}`;
}

/** 1 for groups in a state, nothing for others. */
export function inState(matchers: string, state: string, at = ''): string {
  return `max without (instance, pod, state) (ocs_campaign_group_state{${matchers}, ${state}}${after(at)}) == 1`;
}

const LEAVING = 'state=~"waiting_unload|unload_in_progress"';

/** Groups that have been going away for too long: the value is the seconds. */
export function stuckUnload(matchers: string, at = ''): string {
  const since = view('ocs_campaign_group_state_since_timestamp_seconds', matchers, { at });
  // With `@ end()` nothing may depend on the step, or Prometheus ranks all groups anew at each: 67 s for 2,000 groups.
  const end = at === '' ? 'time()' : '${__to:date:seconds}';
  const age = `${end} - ${since}`;
  return `(${age} > ${STUCK_AFTER_SECONDS}) and (${inState(matchers, LEAVING, at)})`;
}

/** Groups that stand loaded and that OCS stopped, not at the end of their lists. */
export function stoppedByItself(matchers: string, at = ''): string {
  const ended = `max by (source, dbid) (ocs_campaign_group_end_info{${matchers}, how="by_itself"}${after(at)})`;
  return `(${inState(matchers, 'state="active"', at)}) and on (source, dbid) (${ended})`;
}

/** Groups above the limit: the value is the ratio. */
export function overdialing(matchers: string, at = ''): string {
  return `${view('ocs_campaign_group_overdial_ratio', matchers, { at })} > $overdial_limit`;
}

export function silentGroups(matchers: string, at = ''): string {
  return `${view('ocs_campaign_group_silent', matchers, { at })} == 1`;
}

/** How bad a group's trouble is: 0, or the sum of the weights of what is wrong with it. */
export function trouble(matchers: string, at = ''): string {
  const { stuck, stopped, overdial, silent } = TROUBLES;
  const every = view('ocs_campaign_group_silent', matchers, { at });
  const part = (weight: number, groups: string) => `(${weight} * ((${groups}) * 0 + 1) or ${every} * 0)`;
  return [
    part(stuck.weight, stuckUnload(matchers, at)),
    part(stopped.weight, stoppedByItself(matchers, at)),
    part(overdial.weight, overdialing(matchers, at)),
    `${silent.weight} * ${every}`,
  ].join(' + ');
}

/** The order of the wall: trouble first, then those that run, then the loaded ones. Below 0.5 there is no trouble. */
export function rank(matchers: string, at = ''): string {
  const among = (state: string) =>
    `max without (instance, pod, state) (ocs_campaign_group_state{${matchers}, state="${state}"}${after(at)})`;
  return `${trouble(matchers, at)} + 0.2 * ${among('running')} + 0.1 * ${among('active')}`;
}

/** Only the first of the order that stands at the end of the range. */
export function first(count: string, expr: string, matchers: string): string {
  return `(${expr}) and topk(${count}, ${rank(matchers, '@ end()')})`;
}

const ACTIONS = 'ocs_campaign_group_transitions_total';
const NO_INSTANCE = 'sum by (source, tenant, campaign_group, dbid)';

/** Actions of a day, at its begin; of the groups with most of them. Rounded, as increase() guesses at the edges. */
export function actionsOfDay(matchers: string, actor: string, groups: number): string {
  const day = `increase(${ACTIONS}{${matchers}, actor=${actor}}[1d] offset -1d)`;
  return `topk(${groups}, ${NO_INSTANCE} (round(${day})) > 0)`;
}

/** A count that is 0, not absent, when there is nothing to count. */
export const countOf = (expr: string) => `count(${expr}) or vector(0)`;
