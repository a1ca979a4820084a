/** Samples under other numbers, in the order that these give them. */
import { inPlace, type TaggedSample } from '../../evidence/sample.js';

export interface Numbers {
  readonly statement: (no: number) => number;
  readonly list: (no: number) => number;
}

export function renumbered(sample: TaggedSample, { statement, list }: Numbers): TaggedSample {
  return {
    ...sample,
    statementNo: statement(sample.statementNo),
    lists: sample.lists.map((one) => ({ ...one, listNo: list(one.listNo) })).sort((a, b) => a.listNo - b.listNo),
  };
}

export function allRenumbered(samples: readonly TaggedSample[], numbers: Numbers): TaggedSample[] {
  return samples.map((sample) => renumbered(sample, numbers)).sort(inPlace);
}

/** Throws for a number that is none of these: what names it would name nothing. */
export function known(numbers: ReadonlyMap<number, number> | readonly number[], what: string) {
  return (no: number): number => {
    const found = 'get' in numbers ? numbers.get(no) : numbers[no];
    if (found === undefined) throw new RangeError(`there is no ${what} ${String(no)}`);
    return found;
  };
}
