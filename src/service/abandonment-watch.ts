/**
 * Asks the reader's thread for what may be said of abandoned calls, group by group and rule by rule, and notes it for
 * metrics. A report of weeks costs the reader milliseconds: so it goes round, a little every minute, and asks again only
 * where something may have changed.
 */
import type { Clock } from '../domain/clock.js';
import type { RuleProfile } from '../domain/compliance.js';
import type { ReportReader } from '../domain/store.js';
import type { AbandonmentBoard } from '../live/abandonment-board.js';
import type { Roster, RosterEntry } from '../live/roster.js';
import { ComplianceQuestions } from '../reports/compliance.js';

export interface AbandonmentWatchOptions {
  readonly roster: Roster;
  readonly board: AbandonmentBoard;
  readonly reader: Pick<ReportReader, 'abandonment'>;
  readonly ruleProfiles: readonly RuleProfile[];
  readonly clock: Clock;
  /** A clock that only runs. */
  readonly elapsedMs: () => number;
  /** Whether a group is on the page of metrics. */
  readonly isShown: (entry: RosterEntry, nowMs: number) => boolean;
}

/** For so long at most the reader is asked in one look; others have their turn after each question. */
const LOOK_FOR_MS = 2000;
/** Of a group that is heard of, and of one that is not: its period moves on all the same. */
const RENEWED_MS = 5 * 60_000;
const RENEWED_UNHEARD_MS = 30 * 60_000;

export class AbandonmentWatch {
  readonly #options: AbandonmentWatchOptions;
  /** Goes on where the look before ended; it meets those who enter the roster meanwhile. */
  #round: Iterator<RosterEntry> | null = null;
  #looking: Promise<void> | null = null;

  constructor(options: AbandonmentWatchOptions) {
    this.#options = options;
  }

  /** To be called every minute. Rejects where the reader cannot answer: what it said before stays for a while. */
  look(): Promise<void> {
    return (this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    }));
  }

  async #look(): Promise<void> {
    const { roster, ruleProfiles, clock, elapsedMs, isShown, board } = this.#options;
    const [nowMs, startMs] = [clock.nowMs(), elapsedMs()];
    const asking = ruleProfiles.map((profile) => ({ profile, questions: this.#questions(profile, nowMs) }));
    for (let left = roster.size; left > 0; left--) {
      const entry = this.#next();
      if (entry === null) return;
      if (!isShown(entry, nowMs)) continue;
      for (const { profile, questions } of asking) {
        if (!isDue(entry, board.askedMs(entry, profile.name), nowMs)) continue;
        const { told } = await questions.of(entry);
        for (const one of questions.togetherWith(entry)) board.note(one, profile.name, told, nowMs);
        if (elapsedMs() - startMs > LOOK_FOR_MS) return;
      }
    }
  }

  #questions(profile: RuleProfile, nowMs: number): ComplianceQuestions {
    const { roster, reader } = this.#options;
    return new ComplianceQuestions(roster, (asked) => reader.abandonment(asked), profile, { atMs: nowMs, nowMs });
  }

  /** Null: there is nobody. */
  #next(): RosterEntry | null {
    const here = this.#round?.next();
    if (here !== undefined && here.done !== true) return here.value;
    this.#round = this.#options.roster.entries()[Symbol.iterator]();
    const first = this.#round.next();
    return first.done === true ? null : first.value;
  }
}

function isDue({ figures }: RosterEntry, askedMs: number | null, nowMs: number): boolean {
  if (askedMs === null) return true;
  const isHeard = figures.lastHeardMs >= askedMs;
  return nowMs - askedMs >= (isHeard ? RENEWED_MS : RENEWED_UNHEARD_MS);
}
