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

/** The first half of a call that another thread's lines came between. */
interface Begun {
  readonly name: string;
  readonly text: string;
  readonly began: number;
}

/** In the order in which they began. */
export function callsIn(trace: string): Call[] {
  const calls: Call[] = [];
  const unfinished = new Map<string, Begun>();
  for (const [at, line] of trace.split('\n').entries()) {
    const match = RESUMED.exec(line) ?? BEGUN.exec(line);
    if (match === null) continue;
    const [, thread = '', name = '', text = '', result] = match;
    const begun = unfinished.get(thread) ?? { name, text: '', began: at };
    if (begun.name !== name) continue;
    const whole = { name, text: begun.text + text, began: begun.began };
    unfinished.delete(thread);
    if (result === undefined) unfinished.set(thread, whole);
    else calls.push(callOf(whole, Number(result), at));
  }
  return calls.sort((a, b) => a.began - b.began);
}

function callOf(begun: Begun, result: number, ended: number): Call {
  const [, target = ''] = /^\d+<([^>]*)>/.exec(begun.text) ?? [];
  return { ...begun, target, result, ended };
}
