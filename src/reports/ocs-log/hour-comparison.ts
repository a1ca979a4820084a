/** What was sent in a clock hour against what is held of it, name by name. */
import { align, NOBODY } from './align.js';
import type { Compared } from './compared.js';
import type { Coverage } from './coverage.js';
import type { HeldRows } from './held-rows.js';
import { placed, type PlacedHeld, wordForWord } from './held-times.js';
import { type Neighbour, ownerOf } from './owners.js';
import { HOUR_MS, type SentLine, type SentLines } from './sent-lines.js';
import type { StateLines } from './state-lines.js';

/** Where several campaign groups have one name, so much around an hour tells whose a lost notification was. */
const NEIGHBOURS_WITHIN_MS = 600_000;

/** Names of campaign groups by number. */
interface Named {
  readonly noOf: (name: string) => number;
  readonly nameOf: (nameNo: number) => string;
}

export interface ComparisonSetup {
  readonly rows: HeldRows;
  readonly named: Named;
  readonly compared: Compared;
  readonly coverage: Coverage;
  readonly toleranceMs: number;
  /** Told of changes of state; null: nobody asks. */
  readonly states: StateLines | null;
}

/** The hour itself. What is near its end is looked at once more with the next. */
interface Hour {
  readonly fromMs: number;
  readonly toMs: number;
}

export class HourComparison {
  readonly #setup: ComparisonSetup;
  readonly #groupNos: ReadonlyMap<string, readonly number[]>;
  /** By their begin. */
  readonly #done = new Set<number>();
  /** By the full hour between two hours one of which was compared: evidence near it that goes with a line of that one. */
  readonly #taken = new Map<number, Set<string>>();

  constructor(setup: ComparisonSetup) {
    this.#setup = setup;
    this.#groupNos = setup.rows.groupNos();
  }

  has(fromMs: number): boolean {
    return this.#done.has(fromMs);
  }

  /** Whether what was received of a name about a moment cannot be read. */
  isDamaged({ nameNo, atMs }: Pick<SentLine, 'nameNo' | 'atMs'>): boolean {
    const { rows, named, toleranceMs } = this.#setup;
    const range = { fromMs: atMs - toleranceMs, toMs: atMs + toleranceMs + 1 };
    return (this.#groupNos.get(named.nameOf(nameNo)) ?? []).some((groupNo) => rows.isDamaged(groupNo, range));
  }

  /** Each hour once, mostly in order. `ahead`: lines of the next hour; the first of them say whose the last evidence is. */
  compare(fromMs: number, lines: SentLines, ahead: SentLines | null): void {
    const hour = { fromMs, toMs: fromMs + HOUR_MS };
    const { toleranceMs, named } = this.#setup;
    const [own, next] = [lines.byName(), ahead?.byName(hour.toMs + 2 * toleranceMs)];
    const nameNos = new Set([...own.keys(), ...[...this.#groupNos.keys()].map(named.noOf)]);
    for (const nameNo of nameNos) {
      const sent = [
        ...(own.get(nameNo) ?? []).map((index) => lines.at(index)),
        ...(next?.get(nameNo) ?? []).flatMap((index) => ahead?.at(index) ?? []),
      ];
      this.#compareName(
        hour,
        nameNo,
        sent.sort((a, b) => a.atMs - b.atMs),
      );
    }
    this.#done.add(fromMs);
    if (this.#done.has(fromMs - HOUR_MS)) this.#taken.delete(fromMs);
    if (this.#done.has(hour.toMs)) this.#taken.delete(hour.toMs);
  }

  #compareName(hour: Hour, nameNo: number, sent: readonly SentLine[]): void {
    const { rows, named, toleranceMs } = this.#setup;
    const name = named.nameOf(nameNo);
    const groupNos = this.#groupNos.get(name) ?? [];
    const range = { fromMs: hour.fromMs - toleranceMs, toMs: hour.toMs + 3 * toleranceMs };
    const aroundMs = groupNos.length > 1 ? NEIGHBOURS_WITHIN_MS : 0;
    const looked = { fromMs: range.fromMs - aroundMs, toMs: range.toMs + aroundMs };
    const groups = rows.atOneMoment(() =>
      groupNos.map((groupNo) => {
        const held = placed(groupNo, rows.held(groupNo, looked), toleranceMs).filter(
          ({ notification }) => notification.name === name,
        );
        return { held, copies: rows.copies(groupNo, range) };
      }),
    );
    const isInRange = ({ atMs }: PlacedHeld) => atMs >= range.fromMs && atMs < range.toMs;
    const held = groups
      .flatMap((group) => group.held)
      .filter((one) => isInRange(one) && !this.#isTaken(hour, one))
      .sort((a, b) => a.atMs - b.atMs);
    const partners = partnersOf(sent, held, toleranceMs);
    const periodic = sent.flatMap(({ atMs, kind }, index) =>
      kind === 'periodic' ? [{ atMs, isHeld: partners[index] !== null }] : [],
    );
    const copies = groups.flatMap((one) => {
      const standsStill = one.held.some(({ notification }) => notification.isRepeat);
      return wordForWord({ copies: one.copies, standsStill }, periodic, toleranceMs);
    });
    const sentAs = this.#noteHeld(hour, nameNo, { sent, held, partners });
    const neighbours = groups.map((group) =>
      group.held.map((one) => neighbourOf(one, isInRange(one) ? (sentAs.get(one)?.kind ?? null) : 'unseen')),
    );
    sent.forEach((line, index) => {
      if (line.atMs >= hour.toMs) return;
      const isCopy =
        line.kind === 'periodic' && copies.some(({ fromMs, toMs }) => line.atMs >= fromMs && line.atMs <= toMs);
      const partner = partners[index] ?? null;
      if (partner === null && !isCopy) this.#noteLost(line, groupNos, neighbours);
      else this.#noteKnown(line, partner);
    });
  }

  /** `partner` null: a copy of what is held. */
  #noteKnown(line: SentLine, partner: PlacedHeld | null): void {
    const { compared, states } = this.#setup;
    compared.note(line, partner?.notification.isRetold === true ? 'restored' : 'received');
    if (partner !== null && line.kind === 'state')
      states?.change({ ...line, groupNo: partner.groupNo }, partner.notification);
  }

  #noteLost(line: SentLine, groupNos: readonly number[], neighbours: readonly (readonly Neighbour[])[]): void {
    const { compared, states } = this.#setup;
    if (this.isDamaged(line)) {
      compared.note(line, 'damaged');
      return;
    }
    const owner = ownerIn(line, neighbours);
    compared.note(line, owner !== null || neighbours.length === 0 ? 'missing' : 'ambiguous');
    if (line.kind === 'state') states?.change({ ...line, groupNo: groupNos[owner ?? NOBODY] ?? null }, null);
  }

  /** Says of evidence as what it was sent, and of what no line tells. */
  #noteHeld(hour: Hour, nameNo: number, { sent, held, partners }: Matched): ReadonlyMap<PlacedHeld, SentLine> {
    const { compared, coverage, rows, toleranceMs } = this.#setup;
    const sentAs = new Map<PlacedHeld, SentLine>();
    partners.forEach((partner, index) => {
      const line = sent[index];
      if (partner === null || line === undefined) return;
      sentAs.set(partner, line);
      if (line.atMs < hour.toMs) this.#take(hour, partner);
    });
    // What is near a neighbour that is still to come may be of that one.
    const fromMs = this.#done.has(hour.fromMs - HOUR_MS) ? hour.fromMs - toleranceMs : hour.fromMs;
    const toMs = this.#done.has(hour.toMs) ? hour.toMs : hour.toMs - toleranceMs;
    for (const one of held) {
      const isOfHour = one.atMs >= fromMs && one.atMs < toMs;
      if (!isOfHour || sentAs.has(one) || one.notification.isRetold || one.atMs < (rows.samplesSinceMs ?? -Infinity))
        continue;
      if (coverage.has(one.atMs)) compared.noteUnexpected({ atMs: one.atMs, nameNo, kind: one.kind ?? 'state' });
    }
    return sentAs;
  }

  #take({ fromMs, toMs }: Hour, one: PlacedHeld): void {
    for (const borderMs of [fromMs, toMs]) {
      if (Math.abs(one.atMs - borderMs) > this.#setup.toleranceMs) continue;
      const taken = this.#taken.get(borderMs) ?? new Set();
      this.#taken.set(borderMs, taken.add(keyOf(one)));
    }
  }

  #isTaken({ fromMs, toMs }: Hour, one: PlacedHeld): boolean {
    const isBy = (borderMs: number) => this.#taken.get(borderMs)?.has(keyOf(one)) === true;
    return this.#taken.size > 0 && (isBy(fromMs) || isBy(toMs));
  }
}

/** What was sent, what is held, and which of these each line goes with; null: with none. */
interface Matched {
  readonly sent: readonly SentLine[];
  readonly held: readonly PlacedHeld[];
  readonly partners: readonly (PlacedHeld | null)[];
}

/** What was received goes first; what was brought in since only tells of lines that are left. */
function partnersOf(sent: readonly SentLine[], held: readonly PlacedHeld[], toleranceMs: number) {
  const partners: (PlacedHeld | null)[] = sent.map(() => null);
  for (const isRetold of [false, true]) {
    const some = held.filter(({ notification }) => notification.isRetold === isRetold);
    if (some.length === 0) continue;
    const left = [...sent.entries()].filter(([index]) => partners[index] === null);
    align(
      left.map(([, line]) => line),
      some,
      toleranceMs,
    ).forEach((partner, at) => {
      const [index] = left[at] ?? [];
      if (index !== undefined && partner !== NOBODY) partners[index] = some[partner] ?? null;
    });
  }
  return partners;
}

/** Which campaign group lacks a line; null: none is known, or it cannot be told. */
function ownerIn(line: SentLine, groups: readonly (readonly Neighbour[])[]): number | null {
  return groups.length === 0 ? null : ownerOf(line, groups);
}

function neighbourOf({ atMs, notification }: PlacedHeld, sentAs: Neighbour['sentAs']): Neighbour {
  const { bearing, isRunning } = notification;
  return { atMs, bearing, isRunning, sentAs };
}

function keyOf({ groupNo, notification }: PlacedHeld): string {
  const { dateTimeMs, statementNo, tag } = notification;
  return `${groupNo};${dateTimeMs};${statementNo};${tag}`;
}
