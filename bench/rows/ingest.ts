/** Durable ingest, ours beside the thin limit, the obvious program, Node-RED, and the Pushgateway. */
import { NODE_RED } from '../programs/node-red.js';
import { PUSHGATEWAY } from '../programs/pushgateway.js';
import { BARE, OBVIOUS, OURS, type Program, withRunning } from '../program.js';
import {
  atLeast,
  type Bench,
  counted,
  type Findings,
  firstLine,
  median,
  NotMeasured,
  type Outcome,
  type Settings,
} from '../row.js';
import { throughput, type Throughput, THROUGHPUT_HEADS, throughputLine } from '../throughput.js';
import { CONNECTIONS, load } from '../wrk.js';

const WARM_UP_SECONDS = 2;
const COMPARED = { bare: BARE, obvious: OBVIOUS, 'node-red': NODE_RED, pushgateway: PUSHGATEWAY };
const what = `durable ingest, ${CONNECTIONS} connections`;
const ratio = { what, unit: '×' };

export const INGEST: Bench = {
  name: 'ingest',
  rows: [
    { key: 'bare', ...ratio, comparison: BARE.name, floor: atLeast(0.85) },
    { key: 'obvious', ...ratio, comparison: OBVIOUS.name, floor: atLeast(8) },
    { key: 'node-red', ...ratio, comparison: NODE_RED.name, floor: atLeast(3.5) },
    { key: 'pushgateway', ...ratio, comparison: `${PUSHGATEWAY.name}, not durable`, floor: null },
  ],
  run,
};

async function run(settings: Settings): Promise<Findings> {
  const missing = await prepared(Object.values(COMPARED));
  const all = [...Object.values(COMPARED), OURS];
  const results = new Map<string, Throughput[]>(all.map(({ name }) => [name, []]));
  for (let round = 1; round <= settings.rounds; round++) {
    // Every other round runs backwards, so that a machine that slows down favours nobody.
    for (const program of round % 2 === 0 ? [...all].reverse() : all) {
      if (missing.has(program.name)) continue;
      const taken = await measure(program, settings.seconds).catch((error: unknown) => {
        // What is compared may fail, and only its own row goes without.
        if (program === OURS) throw error;
        missing.set(program.name, `failed: ${firstLine(error)}`);
        return null;
      });
      if (taken === null) continue;
      results.get(program.name)?.push(taken);
      settings.say(`round ${round}, ${program.name}: ${taken.perSecond.toFixed(0)}/s`);
    }
  }
  const how = `middle of ${counted(settings.rounds, 'round')} of ${settings.seconds} s, 1,000 groups`;
  const outcomes = Object.entries(COMPARED).map(([key, { name }]): [string, Outcome] => {
    const why = missing.get(name);
    return [key, why === undefined ? compared(results, name, how) : { why }];
  });
  const lines = all
    .filter(({ name }) => !missing.has(name))
    .map(({ name }) => throughputLine(name, results.get(name) ?? []));
  const table = { title: `Durable ingest: ${how}, ${CONNECTIONS} connections`, heads: THROUGHPUT_HEADS, lines };
  return { outcomes: Object.fromEntries(outcomes), tables: [table] };
}

/** Those that cannot be had, with the reason. */
async function prepared(programs: readonly Program[]): Promise<Map<string, string>> {
  const missing = new Map<string, string>();
  for (const { name, prepare } of programs) {
    try {
      await prepare?.();
    } catch (error) {
      if (!(error instanceof NotMeasured)) throw error;
      missing.set(name, error.message);
    }
  }
  return missing;
}

function measure(program: Program, seconds: number): Promise<Throughput> {
  const { form } = program;
  return withRunning(program, {}, async (running) => {
    await load(running.port, { seconds: WARM_UP_SECONDS, form });
    return throughput(running, { seconds, form });
  });
}

/** Round by round, so that a machine that is slow for a while does not count against one of them. */
function compared(results: ReadonlyMap<string, readonly Throughput[]>, other: string, how: string): Outcome {
  const [ours, theirs] = [results.get(OURS.name) ?? [], results.get(other) ?? []];
  const ratios = ours.map(({ perSecond }, round) => perSecond / (theirs[round]?.perSecond ?? NaN));
  const core = (all: readonly Throughput[]) => median(all.map(({ loadCore }) => loadCore));
  return { value: median(ratios), how, loadCore: Math.max(core(ours), core(theirs)) };
}
