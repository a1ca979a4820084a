/** One thing that is shown of the image. Throws when it does not hold; resolves with what was measured, or nothing. */
export interface Proof<Subject> {
  readonly name: string;
  prove(subject: Subject): Promise<string> | Promise<void> | string | undefined;
}

export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Throws with the two as JSON when they differ. */
export function mustEqual(found: unknown, wanted: unknown, what: string): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  must(one === other, `${what}: ${one}, wanted ${other}`);
}

/** For a list of faults that should be empty. */
export function mustBeNone(faults: readonly string[], what: string): void {
  const shown = faults.slice(0, 20).join('\n    ');
  must(faults.length === 0, `${what}: ${String(faults.length)}\n    ${shown}`);
}
