/** Reads what strace -f -y writes: calls of several threads, some in two lines. */

export interface Call {
  readonly name: string;
  /** The file or socket of the first argument. */
  readonly target: string;
  /** The rest of the arguments as written. */
  readonly text: string;
  readonly result: number;
  /** Numbers of the lines in which it began and ended: what happened first. */
  readonly began: number;
  readonly ended: number;
}

const BEGUN = /^(\d+) +(\w+)\((.*?)(?: <unfinished \.\.\.>|\) += (-?\d+).*)$/s;
const RESUMED = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+).*$/s;

export function callsIn(trace: string): Call[] {
  const calls: Call[] = [];
  const unfinished = new Map<string, { readonly name: string; readonly text: string; readonly began: number }>();
  for (const [at, line] of trace.split('\n').entries()) {
    const resumed = RESUMED.exec(line);
    if (resumed) {
      const [, thread = '', name = '', rest = '', result = ''] = resumed;
      const start = unfinished.get(thread);
      unfinished.delete(thread);
      if (start?.name !== name) continue;
      calls.push(callOf(name, start.text + rest, Number(result), start.began, at));
      continue;
    }
    const [, thread = '', name = '', text = '', result] = BEGUN.exec(line) ?? [];
    if (name === '') continue;
    if (result === undefined) unfinished.set(thread, { name, text, began: at });
    else calls.push(callOf(name, text, Number(result), at, at));
  }
  return calls.sort((a, b) => a.began - b.began);
}

function callOf(name: string, text: string, result: number, began: number, ended: number): Call {
  const [, target = ''] = /^\d+<([^>]*)>/.exec(text) ?? [];
  return { name, target, text, result, began, ended };
}
