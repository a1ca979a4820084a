/** One campaign group being played: its life, and the notifications it gives rise to. No I/O. */
import { NO_STATISTICS } from '../domain/campaign-group.js';
import type { Post } from './account.js';
import { bodyOf, codesOf, drift, type Telling } from './body.js';
import { figuresOf } from './dialer.js';
import { advance, beginLife, isDue, type Life, settingOf } from './life.js';
import type { SimulationOptions } from './options.js';
import type { Random } from './random.js';
import type { CampaignGroup } from './scenario.js';

/** A moment on both clocks. */
export interface BothClocks {
  readonly wallMs: number;
  /** Milliseconds of campaign time since the simulation began. */
  readonly campaignMs: number;
}

/** Two changes of one group stand this far apart, however compressed its life: each gets a post and a time of its own. */
const CHANGE_SPACING_MS = 100;

export class Player {
  readonly #groupIndex: number;
  readonly #options: SimulationOptions;
  readonly #plan: Random;
  readonly #figures: Random;
  readonly #drift: Random;
  readonly #group: CampaignGroup;
  #life: Life;
  /** GSW_DATE_TIME of the newest notification, and of the newest change. */
  #lastAtMs = 0;
  #actedAtMs = 0;
  #serial = 0;

  constructor(group: CampaignGroup, start: { groupIndex: number; loadAtMs: number }, setup: Setup) {
    this.#group = group;
    this.#groupIndex = start.groupIndex;
    this.#options = setup.options;
    this.#plan = setup.random.fork(`plan ${start.groupIndex}`);
    this.#figures = setup.random.fork(`figures ${start.groupIndex}`);
    this.#drift = setup.random.fork(`drift ${start.groupIndex}`);
    this.#life = beginLife(group, start.loadAtMs);
  }

  get life(): Life {
    return this.#life;
  }

  /** The change that is due, if any; a life's silent steps (Stat Server lost) are taken on the way. */
  change(now: BothClocks): Post | null {
    if (!isDue(this.#life, now.campaignMs)) return null;
    return this.#advance(now);
  }

  /** The periodic notification, or the change (completion, say) that the dialing since the last one brought; null when none is sent. */
  periodic(now: BothClocks): Post | null {
    const change = this.#advance(now);
    if (change) return change;
    const { state } = this.#life;
    if (state !== 'running' && !(state === 'active' && this.#options.periodicWhenActive)) return null;
    const atMs = this.#options.frozenTime ? this.#actedAtMs : this.#nextAtMs(now.wallMs);
    return this.#tell(atMs, 'periodic');
  }

  #advance(now: BothClocks): Post | null {
    if (now.wallMs < this.#actedAtMs + CHANGE_SPACING_MS) return null;
    const random = { plan: this.#plan, figures: this.#figures };
    const { life, changed } = advance(this.#life, this.#group, now.campaignMs, random);
    this.#life = life;
    if (!changed) return null;
    this.#actedAtMs = this.#nextAtMs(now.wallMs);
    return this.#tell(this.#actedAtMs, 'change');
  }

  #nextAtMs(wallMs: number): number {
    this.#lastAtMs = Math.max(wallMs, this.#lastAtMs + 1);
    return this.#lastAtMs;
  }

  #tell(atMs: number, kind: Telling['kind']): Post {
    const life = this.#life;
    const group = this.#group;
    const figures = figuresOf(life.dialer, group, settingOf(life, group), this.#figures);
    const telling: Telling = { group, life, figures, atMs, kind };
    const plain = bodyOf(telling, this.#options);
    const drifted = this.#drift.chance(this.#options.drift) ? drift(plain, telling, this.#drift) : null;
    const { state, dialMode, action } = codesOf(life);
    return {
      groupIndex: this.#groupIndex,
      serial: ++this.#serial,
      atMs,
      text: JSON.stringify(drifted?.body ?? plain),
      state,
      ...(this.#options.withoutStatistics
        ? { statistics: NO_STATISTICS, callingLists: [] }
        : { statistics: drifted?.statistics ?? figures.statistics, callingLists: figures.callingLists }),
      change: kind === 'change' ? { atMs, toState: state, dialMode, action } : null,
      drifted: drifted !== null,
    };
  }
}

export interface Setup {
  readonly options: SimulationOptions;
  readonly random: Random;
}
