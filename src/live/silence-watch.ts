import type { Roster } from './roster.js';

/** Notices whose silence began or ended between two looks. */
export class SilenceWatch {
  readonly #roster: Roster;
  #silent = new Set<number>();
  #sources: ReadonlySet<string> = new Set();

  constructor(roster: Roster) {
    this.#roster = roster;
  }

  /** Numbers of the groups that are silent now and were not at the last look, or the other way round. */
  look(nowMs: number): number[] {
    const silent = new Set<number>();
    for (const entry of this.#roster.entries()) {
      if (this.#roster.silent(entry, nowMs)) silent.add(entry.snapshot.groupNo);
    }
    const silentSources = this.#roster.silentSources(nowMs);
    const changed = [...silent].filter((groupNo) => !this.#silent.has(groupNo));
    changed.push(...[...this.#silent].filter((groupNo) => !silent.has(groupNo)));
    // A source that falls silent as a whole, or is heard of again, shows on every group of it that is silent.
    const turned = new Set(
      [...silentSources, ...this.#sources].filter((one) => silentSources.has(one) !== this.#sources.has(one)),
    );
    if (turned.size > 0) {
      for (const groupNo of silent) {
        const source = this.#roster.byNo(groupNo)?.snapshot.source;
        if (source !== undefined && turned.has(source)) changed.push(groupNo);
      }
    }
    this.#silent = silent;
    this.#sources = silentSources;
    return changed;
  }
}
