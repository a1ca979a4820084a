/** What the simulator did and what the receiver answered: the other side of every acceptance test. */
import { NO_STATISTICS } from '../domain/campaign-group.js';
import type { CallingListFigures, Statistics } from '../domain/notification.js';
import type { CallbackDetails } from './callbacks/callback-centre.js';
import type { CampaignGroup } from './scenario.js';
import type { Answer } from './sender.js';

/** The account as printed. */
export interface Account {
  /** Posts sent, duplicates included. */
  readonly sent: number;
  /** Posts answered as they should be: with 200, or with 422 when they were faulty on purpose. */
  readonly answered: number;
  readonly lost_by_choice: number;
  /** Posts that ended in a network error or an unexpected status; `sent` = `answered` + `failed`. */
  readonly failed: number;
  /** `outcome` of the answers, of every item where there are several. */
  readonly by_outcome: Readonly<Record<string, number>>;
  readonly by_status: Readonly<Record<string, number>>;
  /** Real changes of state, dialing mode or goal whose own post was sent. */
  readonly transitions: number;
}

/** A change that really happened, told or not. Numbers are the vendor's. */
export interface RealChange {
  readonly atMs: number;
  readonly toState: number;
  /** Null when not running. */
  readonly dialMode: number | null;
  readonly action: number;
  readonly lost: boolean;
}

/** `last…`, statistics and calling lists are those of the newest post sent, whatever became of it. */
export interface GroupDetails {
  readonly source: string;
  readonly dbid: string;
  readonly name: string;
  readonly lastState: number | null;
  readonly lastAtMs: number | null;
  readonly statistics: Statistics;
  readonly callingLists: readonly CallingListFigures[];
  /** The latest ones, `CHANGES_KEPT` at most. */
  readonly changes: readonly RealChange[];
  readonly sent: number;
}

export interface Details {
  readonly groups: readonly GroupDetails[];
  /** The latest ones, `CALLBACKS_KEPT` at most. */
  readonly callbacks: readonly CallbackDetails[];
  /** Posts about groups whose body drifted from the schema, duplicates included: the receiver should warn of each. */
  readonly warned: number;
}

/** One body about one group, with what the account needs to know about it. */
export interface Post {
  /** Index of its group. */
  readonly groupIndex: number;
  /** Rises with every body of a group. */
  readonly serial: number;
  readonly atMs: number;
  readonly text: string;
  readonly state: number;
  readonly statistics: Statistics;
  readonly callingLists: readonly CallingListFigures[];
  /** The change it tells; null for a periodic post. */
  readonly change: Omit<RealChange, 'lost'> | null;
  readonly drifted: boolean;
}

export const CHANGES_KEPT = 10_000;
/** Names a receiver may invent before the rest is counted as `other`. */
const OUTCOMES_KEPT = 20;

export class Ledger {
  readonly #groups: readonly CampaignGroup[];
  readonly #newest: (Post | undefined)[] = [];
  readonly #changes: RealChange[][];
  readonly #sentByGroup: number[];
  readonly #byOutcome = new Map<string, number>();
  readonly #byStatus = new Map<string, number>();
  #sent = 0;
  #answered = 0;
  #lost = 0;
  #failed = 0;
  #transitions = 0;
  #warned = 0;

  constructor(groups: readonly CampaignGroup[]) {
    this.#groups = groups;
    this.#changes = groups.map(() => []);
    this.#sentByGroup = groups.map(() => 0);
  }

  get sent(): number {
    return this.#sent;
  }

  /** A change happened; called once for each, when its fate is known. */
  happened(post: Post, fate: 'told' | 'lost'): void {
    if (post.change === null) return;
    const changes = this.#changes[post.groupIndex];
    changes?.push({ ...post.change, lost: fate === 'lost' });
    if (changes && changes.length > CHANGES_KEPT) changes.shift();
    if (fate === 'told') this.#transitions++;
  }

  lost(): void {
    this.#lost++;
  }

  /** A post is sent, for the first time or again. */
  sending(): void {
    this.#sent++;
  }

  /** The same, about a group. */
  sendingPost(post: Post): void {
    if (post.drifted) this.#warned++;
    this.#sentByGroup[post.groupIndex] = (this.#sentByGroup[post.groupIndex] ?? 0) + 1;
    const newest = this.#newest[post.groupIndex];
    if (!newest || newest.serial < post.serial) this.#newest[post.groupIndex] = post;
  }

  ended({ status, outcomes }: Answer, { isDefective }: { readonly isDefective: boolean }): void {
    if (status === 200 || (status === 422 && isDefective)) this.#answered++;
    else this.#failed++;
    if (status !== null) increment(this.#byStatus, String(status));
    for (const outcome of outcomes) {
      const known = this.#byOutcome.has(outcome) || this.#byOutcome.size < OUTCOMES_KEPT;
      increment(this.#byOutcome, known ? outcome : 'other');
    }
  }

  account(): Account {
    return {
      sent: this.#sent,
      answered: this.#answered,
      lost_by_choice: this.#lost,
      failed: this.#failed,
      by_outcome: Object.fromEntries(this.#byOutcome),
      by_status: Object.fromEntries(this.#byStatus),
      transitions: this.#transitions,
    };
  }

  details(callbacks: readonly CallbackDetails[] = []): Details {
    const groups = this.#groups.map(({ source, dbid, name }, index) => {
      const newest = this.#newest[index];
      return {
        source,
        dbid,
        name,
        ...(newest ? lastOf(newest) : NOTHING_SENT),
        changes: this.#changes[index] ?? [],
        sent: this.#sentByGroup[index] ?? 0,
      };
    });
    return { groups, callbacks, warned: this.#warned };
  }
}

const NOTHING_SENT = { lastState: null, lastAtMs: null, statistics: NO_STATISTICS, callingLists: [] } as const;

function lastOf({ state, atMs, statistics, callingLists }: Post) {
  return { lastState: state, lastAtMs: atMs, statistics, callingLists };
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
