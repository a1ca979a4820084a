/** What is shown, as it is held: read when a receiver begins, and again when it has lost its place among the others. */
import { snapshotOf } from '../apply/group-head.js';
import type { Callback } from '../domain/callback.js';
import type { GroupSnapshot } from '../domain/campaign-group.js';
import type { QuarantineCount } from '../domain/quarantine.js';
import type { LastEvent } from '../domain/store.js';
import type { LaneAtOnce } from './at-once.js';
import type { HeldGroup, ServiceRows } from './service-rows.js';

/** Groups that are loaded together, and held meanwhile. */
const GROUPS_AT_ONCE = 200;

export class HeldState {
  readonly #lane: LaneAtOnce;
  readonly #rows: Pick<ServiceRows, 'groups'>;

  constructor(lane: LaneAtOnce, rows: Pick<ServiceRows, 'groups'>) {
    this.#lane = lane;
    this.#rows = rows;
  }

  /** The groups that are shown as they stand, and how many more there is no room for. */
  shown(): { readonly snapshots: readonly GroupSnapshot[]; readonly leftOut: number } {
    const { groupNos, leftOut } = this.#lane.within(() => this.#lane.stores.campaigns.heads.shown());
    const wanted = groupNos === null ? null : new Set(groupNos);
    const groups = this.#rows.groups().filter(({ groupNo }) => wanted?.has(groupNo) ?? true);
    const snapshots: GroupSnapshot[] = [];
    for (let at = 0; at < groups.length; at += GROUPS_AT_ONCE)
      snapshots.push(...this.#snapshotsOf(groups.slice(at, at + GROUPS_AT_ONCE)));
    return { snapshots, leftOut };
  }

  #snapshotsOf(groups: readonly HeldGroup[]): readonly GroupSnapshot[] {
    const { campaigns } = this.#lane.stores;
    const work = () =>
      [...campaigns.heads.load(groups.map(({ groupNo }) => groupNo))].flatMap((head) => snapshotOf(head) ?? []);
    return this.#lane.within(
      work,
      groups.map(({ source, dbid }) => ({ kind: 'lock group', values: [source, dbid] })),
    );
  }

  /** Open callbacks that were alive since `sinceMs`. */
  openCallbacks(sinceMs: number): Iterable<Callback> {
    return this.#lane.stores.callbacks.open(sinceMs);
  }

  lastCallbackEvents(): LastEvent[] {
    return this.#lane.stores.callbacks.lastEvents();
  }

  quarantineCounts(): readonly QuarantineCount[] {
    return this.#lane.stores.quarantine.counts();
  }
}
