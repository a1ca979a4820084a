/** Random worlds told by several receivers to one database, and what is shown of them then. */
import type { CampaignStore } from '../../src/apply/campaigns.js';
import type { CampaignTables } from '../../src/apply/tables.js';
import type { Notification } from '../../src/domain/notification.js';
import { type RunningLane, runningLane } from './lanes.js';
import type { Delivered } from './lives.js';
import { newDatabase, type Server } from './postgres-server.js';

/** More than any life has. */
const ALL_STEPS = 1_000_000;

/** Of whatever store: the group as people see it, and its transitions with their ids. */
export function told(
  { groups, steps }: Pick<CampaignTables, 'groups' | 'steps'>,
  { heads }: Pick<CampaignStore, 'heads'>,
  { source, dbid }: { readonly source: string; readonly dbid: string },
) {
  const group = groups.find(source, dbid);
  const newestFirst = group === null ? [] : [...steps.newestFirst(group.groupNo, ALL_STEPS)];
  const snapshot = heads.snapshot(source, dbid);
  return {
    id: group?.id ?? null,
    transitions: newestFirst.reverse().flatMap(({ transition }) => transition ?? []),
    // Shown to nobody.
    snapshot: snapshot && { ...snapshot, groupNo: 0 },
  };
}

export class LaneWorlds {
  readonly #lanes: readonly RunningLane[];

  private constructor(lanes: readonly RunningLane[]) {
    this.#lanes = lanes;
  }

  /** In a database of its own; `rowsAtOnce` of each lane: how many rows around a place it loads together. */
  static async open(server: Server, rowsAtOnce: readonly number[]): Promise<LaneWorlds> {
    const database = await newDatabase(server);
    return new LaneWorlds(await Promise.all(rowsAtOnce.map(async (rows) => runningLane(server, database, rows))));
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map(async ({ wire }) => wire.close()));
  }

  /** Each batch by the next lane in its turn, all at once. Returns how often each transition was made more than withdrawn. */
  async deliver({ batches }: Pick<Delivered, 'batches'>, receivers: number, source: string) {
    const times = new Map<string, number>();
    await this.eachTurn(batches, receivers, async (lane, batch) => {
      for (const [id, by] of await lane.run(commitOf(lane, source, batch))) times.set(id, (times.get(id) ?? 0) + by);
    });
    return times;
  }

  /** Every `receivers`th batch is one lane's, one after the other. */
  async eachTurn<T>(batches: readonly T[], receivers: number, work: (lane: RunningLane, batch: T) => Promise<void>) {
    const inTurn = async (lane: RunningLane, ofLane: readonly T[]) => {
      for (const batch of ofLane) await work(lane, batch);
    };
    const lanes = this.#lanes.slice(0, receivers);
    await Promise.all(
      lanes.map(async (lane, n) => {
        await inTurn(
          lane,
          batches.filter((_, at) => at % receivers === n),
        );
      }),
    );
  }

  /** Work of the lane behind those that told a world: where there is none, of the first. */
  async read<T>(receivers: number, work: (lane: RunningLane) => T): Promise<T> {
    const lane = this.#lanes[receivers % this.#lanes.length];
    if (lane === undefined) throw new Error('no lane is open');
    return lane.run(lane.lane.perform(() => work(lane)));
  }
}

function commitOf({ lane, stores }: RunningLane, source: string, batch: readonly Notification[]) {
  const groups = [...new Set(batch.map(({ dbid }) => dbid))];
  const claims = groups.map((dbid) => ({ kind: 'lock group', values: [source, dbid] }));
  return lane.perform(
    () =>
      batch.flatMap((notification) => {
        const { made, withdrawn } = stores.campaigns.apply({ ...notification, source });
        return [...made.map(({ id }) => [id, 1] as const), ...withdrawn.map(({ id }) => [id, -1] as const)];
      }),
    claims,
    'deliveries',
  );
}
