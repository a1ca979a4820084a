/**
 * What was done last to a group, and by whom. That stays until another action is said: posts that repeat it, that send 0
 * or nothing, all leave it as it is. An action repeated without an actor is no other action, so who did it stays as well.
 * A function of the set of evidence, never of the order of its arrival: an arrival is only compared with three places.
 */
import type { StoredStatement } from './statements.js';
import type { SaidMarks } from './tables.js';
import { inOrder } from './tie-break.js';

/** Evidence in the order of history. */
interface Said {
  atMs: number;
  readonly statement: StoredStatement;
}

export const NO_MARKS: SaidMarks = { saidMs: null, actorSaidMs: null, otherSaidMs: null };
const NOBODY = 'unknown';

export class LastSaid {
  /** The last that says an action. */
  #last: Said | null = null;
  /** The last that says that action with an actor, none having said another action since. */
  #byActor: Said | null = null;
  /** The last that says another action. */
  #other: Said | null = null;
  #marks: SaidMarks;

  constructor(marks: SaidMarks = NO_MARKS) {
    this.#marks = marks;
  }

  /** One that goes its own way from here. */
  copy(): LastSaid {
    const copied = new LastSaid(this.#marks);
    copied.#last = this.#last && { ...this.#last };
    copied.#byActor = this.#byActor === this.#last ? copied.#last : this.#byActor;
    copied.#other = this.#other;
    return copied;
  }

  /** As it is stored: `statementsAt` gives the statements of a date-time. */
  static load(
    newestMs: number,
    marks: SaidMarks,
    statementsAt: (atMs: number) => readonly StoredStatement[],
  ): LastSaid {
    const said = new LastSaid(marks);
    for (const atMs of new Set([newestMs, marks.saidMs, marks.actorSaidMs, marks.otherSaidMs])) {
      if (atMs !== null) for (const statement of statementsAt(atMs)) said.note(atMs, statement);
    }
    return said;
  }

  get action(): string | null {
    return this.#last?.statement.words.action ?? null;
  }

  get actor(): string {
    return this.#byActor?.statement.words.actor ?? NOBODY;
  }

  get saidMs(): number | null {
    return this.#last?.atMs ?? null;
  }

  /** Whether it is told by evidence of a date-time. */
  restsOn(atMs: number): boolean {
    return [this.#last, this.#byActor, this.#other].some((place) => place?.atMs === atMs);
  }

  /** Notes evidence, whenever it arrives. Nothing is made for a post that says no action, or repeats the last. */
  note(atMs: number, statement: StoredStatement): void {
    const { action, actor } = statement.words;
    if (action === null) return;
    const last = this.#last;
    if (last?.statement === statement && atMs > last.atMs) {
      last.atMs = atMs;
      return;
    }
    const place = { atMs, statement };
    const isOther = action !== this.action;
    if (isLater(place, last)) this.#goOn(place, isOther);
    else if (isOther) {
      this.#cutOff(place);
      return;
    }
    if (actor !== NOBODY && isLater(place, this.#byActor) && isLater(place, this.#other)) this.#byActor = place;
  }

  #goOn(place: Said, isOther: boolean): void {
    if (isOther) {
      this.#other = this.#last;
      this.#byActor = null;
    }
    this.#last = place;
  }

  /** Another action, said before the last: whoever did the last before it has no part in it since. */
  #cutOff(place: Said): void {
    if (isLater(place, this.#other)) this.#other = place;
    if (isLater(place, this.#byActor)) this.#byActor = null;
  }

  /** Marks to be written down, because the store would not find the places again by those it has; null: it would. */
  marksToKeep(newestMs: number): SaidMarks | null {
    const { saidMs, actorSaidMs, otherSaidMs } = this.#marks;
    const [last, byActor, other] = [this.#last, this.#byActor, this.#other];
    if (last === null) return null;
    const said = last.atMs === newestMs ? saidMs : last.atMs;
    const actorSaid = byActor === null || byActor === last ? actorSaidMs : byActor.atMs;
    const otherSaid = byActor !== null || other === null ? otherSaidMs : other.atMs;
    if (said === saidMs && actorSaid === actorSaidMs && otherSaid === otherSaidMs) return null;
    this.#marks = { saidMs: said, actorSaidMs: actorSaid, otherSaidMs: otherSaid };
    return this.#marks;
  }
}

/** Whether a place comes after another in the order of history, or is that. */
function isLater(place: Said, other: Said | null): boolean {
  if (other === null) return true;
  return place.atMs === other.atMs ? inOrder(place.statement, other.statement) >= 0 : place.atMs > other.atMs;
}
