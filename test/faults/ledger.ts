/** What the client sent and what it was told: every 2xx is a debt of the service. */
import type { Kind, Post } from './posts.js';
import { KINDS } from './posts.js';

/** Status null: no answer came, and the post may be stored or not. */
export interface Told {
  readonly status: number | null;
  readonly outcome: string | null;
  /** The id answered; of a callback, its service id. */
  readonly id: string | null;
  /** Whether the connection was refused, so that nothing was sent at all. */
  readonly unsent: boolean;
}

export interface Entry {
  readonly post: Post;
  told: Told;
}

export const NO_ANSWER: Told = { status: null, outcome: null, id: null, unsent: false };

/** What a proxy says when a receiver has not answered it: nobody knows what became of the post. */
const BY_A_PROXY: ReadonlySet<number> = new Set([502, 504]);

export class Ledger {
  readonly entries = new Map<string, Entry>();
  readonly debts: Record<Kind, number> = { campaign: 0, event: 0, attached: 0, status: 0 };
  /** Posts refused with 503: kept by nobody, owed by nobody. */
  refused = 0;
  unanswered = 0;
  /** Answered 200, durable at the receiver, and not yet in the database. */
  spooled = 0;
  unsent = 0;
  /** How long answers took, while somebody wants to know. */
  tookMs: number[] | null = null;
  /** Answers that a good post must not get. */
  readonly strange: string[] = [];

  /** Writes the post down before it goes out. */
  sending(post: Post): Entry {
    const entry = { post, told: NO_ANSWER };
    if (this.entries.has(post.key)) throw new Error(`two posts are called ${post.key}`);
    this.entries.set(post.key, entry);
    return entry;
  }

  answered(entry: Entry, told: Told): void {
    entry.told = told;
    if (told.outcome === 'spooled') this.spooled++;
    if (isDebt(entry)) this.debts[entry.post.kind]++;
    else if (told.status === 503) this.refused++;
    else if (told.status !== null && !BY_A_PROXY.has(told.status))
      this.strange.push(`${entry.post.key}: ${String(told.status)} ${told.outcome ?? ''}`);
    else if (told.unsent) this.unsent++;
    else this.unanswered++;
  }

  /** Posts that nobody owes: refused, or without an answer. */
  get lost(): number {
    return this.refused + this.unanswered + this.unsent;
  }

  get campaignDebts(): number {
    return this.debts.campaign;
  }

  get callbackDebts(): number {
    return this.debts.event + this.debts.attached + this.debts.status;
  }

  get total(): number {
    return KINDS.reduce((sum, kind) => sum + this.debts[kind], 0);
  }
}

export function isDebt({ told }: Entry): boolean {
  return told.status !== null && told.status >= 200 && told.status < 300;
}

/** A post that a newer one of its group stands for: its debt is paid by the row whose id was answered. */
export function isCoalesced({ told }: Entry): boolean {
  return told.outcome === 'coalesced';
}
