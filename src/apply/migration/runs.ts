/** Runs of receivers as those of one: while any of them listened. */
export interface MovedRun {
  readonly started_ms: number;
  readonly alive_ms: number;
  readonly ended: number;
}

/** In the order of their starts; those that overlap become one. */
export function unionOfRuns(runs: readonly MovedRun[]): MovedRun[] {
  const union: MovedRun[] = [];
  for (const run of [...runs].sort((a, b) => a.started_ms - b.started_ms || a.alive_ms - b.alive_ms)) {
    const last = union.at(-1);
    if (last === undefined || run.started_ms >= last.alive_ms) union.push(run);
    else if (run.alive_ms > last.alive_ms) union[union.length - 1] = { ...run, started_ms: last.started_ms };
  }
  return union;
}
