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

/** A legend for one of many groups: names may be shared, by sources and within one. */
export const GROUP = '{{campaign_group}} · {{source}} · {{dbid}}';

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
  return `${code} + ${SILENT} * (${silentGroups(matchers)}) or ${code}`;
}

/** The same, recorded: over a range the merging of 2,000 groups at each step takes seconds. */
export const shownCode = (matchers: string) => `campaign_group:ocs_campaign_group_state_code:shown{${matchers}}`;

/** 1 for groups in a state, nothing for others. */
export function inState(matchers: string, state: string, at = ''): string {
  return `max without (instance, pod, state) (ocs_campaign_group_state{${matchers}, ${state}}${after(at)}) == 1`;
}

const LEAVING = 'state=~"waiting_unload|unload_in_progress"';

/** Groups that have been going away for too long: the value is the seconds. */
export function stuckUnload(matchers: string, at = ''): string {
  return `(${inStateFor(matchers, at)}) > ${STUCK_AFTER_SECONDS} and (${inState(matchers, LEAVING, at)})`;
}

/** Where the clock of OCS is off by minutes: how much it is behind ours. Recorded, as it takes hours to know. */
export const CLOCK_BEHIND = 'source:ocs_clock_behind_seconds:min6h';

/** Seconds since a group entered its state, by our clock, though the moment is told by that of OCS. */
export function inStateFor(matchers: string, at = ''): string {
  // With `@ end()` nothing may depend on the step, or Prometheus ranks all groups anew at each: 67 s for 2,000 groups.
  const end = at === '' ? 'time()' : '${__to:date:seconds}';
  const told = `(${end} - ${view('ocs_campaign_group_state_since_timestamp_seconds', matchers, { at })})`;
  return `${told} - on (site, source) group_left () ${CLOCK_BEHIND}${after(at)} or ${told}`;
}

/** Groups whose dialing ended so, as the receiver derives it; `ended` of the API. */
export function endedHow(matchers: string, how: string, at = ''): string {
  return `max without (instance, pod, how) (ocs_campaign_group_end_info{${matchers}, how="${how}"}${after(at)})`;
}

/** Groups that OCS stopped, not at the end of their lists, and that no client has touched since. */
export const stoppedByItself = (matchers: string, at = '') => endedHow(matchers, 'by_itself', at);

/** Groups above the limit: the value is the ratio. */
export function overdialing(matchers: string, at = ''): string {
  return `${view('ocs_campaign_group_overdial_ratio', matchers, { at })} > $overdial_limit`;
}

/** Share of abandoned calls over the period of each rule, as a share of its limit. */
export function abandonment(matchers: string, figure: 'estimated' | 'low' | 'high'): string {
  const limit = 'max by (site, profile) (ocs_monitor_abandonment_limit_ratio)';
  return `${view(`ocs_campaign_group_abandonment_${figure}_ratio`, matchers)} / on (site, profile) group_left () ${limit}`;
}

export function silentGroups(matchers: string, at = ''): string {
  return `${view('ocs_campaign_group_silent', matchers, { at })} == 1`;
}

/** How bad a group's trouble is: 0, or the sum of the weights of what is wrong with it. */
export function trouble(matchers: string, at = ''): string {
  const { stuck, stopped, overdial, silent } = TROUBLES;
  return [
    part(stuck.weight, stuckUnload(matchers, at), matchers, at),
    part(stopped.weight, stoppedByItself(matchers, at), matchers, at),
    part(overdial.weight, overdialing(matchers, at), matchers, at),
    part(silent.weight, silentGroups(matchers, at), matchers, at),
  ].join(' + ');
}

/** The weight for these groups, 0 for all others. */
function part(weight: number, groups: string, matchers: string, at: string): string {
  return `(${weight} * ((${groups}) * 0 + 1) or ${view('ocs_campaign_group_state_code', matchers, { at })} * 0)`;
}

/** The order of the wall: trouble first, then those that run, then the loaded ones. Below 0.5 there is no trouble. */
export function rank(matchers: string, at = ''): string {
  const among = (weight: number, state: string) =>
    part(weight, inState(matchers, `state="${state}"`, at), matchers, at);
  return `${trouble(matchers, at)} + ${among(0.2, 'running')} + ${among(0.1, 'active')}`;
}

/** Only the first of the order that stands at the end of the range. */
export function first(count: string, expr: string, matchers: string): string {
  return `(${expr}) and topk(${count}, ${rank(matchers, '@ end()')})`;
}

/** 0 where a receiver is scraped, nothing where none is. */
export const RECEIVER_ZERO = '0 * max(ocs_monitor_build_info)';

/**
 * 0 where somebody would know of such a thing, nothing where nobody does: the receiver is down, or with
 * `OCM_METRICS_DOMAIN=separate` the page of the domain is not scraped. `seen` is a gauge of the domain, `counted` a counter
 * of /metrics that is there when the gauge has to be.
 */
const knownZero = (seen: string, matchers: string, counted: string) =>
  `0 * max(${seen}{${matchers}}) or (${RECEIVER_ZERO} unless max(${seen}) unless group(${counted}))`;

const OF_SOURCE = 'source=~"$source"';

/** For counts of campaign groups and lists: of a source that a receiver knows, though none of its groups is shown, too. */
const GROUP_ZERO = [
  knownZero('ocs_campaign_group_silent', OF_SOURCE, 'ocs_campaign_group_transitions_total'),
  `0 * max(ocs_monitor_source_silent{${OF_SOURCE}}) and max(ocs_campaign_group_silent)`,
].join(' or ');

/** How many groups or lists: 0 when there are none, nothing when nobody knows. */
export const countOf = (expr: string) => `count(${expr}) or ${GROUP_ZERO}`;

/** A sum over callbacks: 0 when there are none, nothing when nobody knows. */
export function callbacksOf(expr: string, matchers: string = CHOSEN): string {
  return `${expr} or ${knownZero('gms_callback_last_record_timestamp_seconds', matchers, 'gms_callback_records_total')}`;
}
