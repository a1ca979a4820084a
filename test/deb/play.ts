/** Plays the scenes on a new machine, in the network that this process has: run by test/deb/run.ts. */
import { Installation } from './installation.js';
import { Machine } from './machine.js';
import type { Parcels } from './parcels.js';
import { type Scene, SCENES } from './scenes.js';

const [system = '', parcels = '{}'] = process.argv.slice(2);
const say = (text: string) => process.stdout.write(`${text}\n`);

async function played(scene: Scene, at: Installation): Promise<number> {
  const { ledger } = at;
  const before = { total: ledger.total, lost: ledger.lost };
  const startedMs = performance.now();
  const wrong = await scene.play(at, JSON.parse(parcels) as Parcels);
  const lost = ledger.lost - before.lost;
  const faults = [
    ...wrong.filter((fault) => fault !== null),
    ...(await at.faults(scene.after)),
    ...(scene.loses === 'nothing' && lost > 0 ? [`${String(lost)} posts were not answered or refused`] : []),
  ];
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const answered = `${String(ledger.total - before.total)} posts answered, ${String(lost)} not`;
  say(`${scene.name}: ${faults.length === 0 ? 'all there' : 'FAULTS'}, ${answered}, ${seconds} s`);
  for (const fault of faults.slice(0, 10)) say(`  ${fault.slice(0, 1000)}`);
  return faults.length;
}

const machine = await Machine.boot(system);
const at = new Installation(machine);
let faults = 0;
try {
  await at.bring(JSON.parse(parcels) as Parcels);
  for (const scene of SCENES) {
    faults += await played(scene, at);
    if (scene === SCENES[0]) at.beginPosting();
  }
} catch (error) {
  faults++;
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const journal = await machine.run('journalctl', '-b', '--no-pager', '-n', '60', '-o', 'cat');
  say(journal.stdout);
} finally {
  await at.close();
  machine.end();
}
process.exitCode = faults === 0 ? 0 : 1;
