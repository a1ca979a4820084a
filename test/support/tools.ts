/** Programs of the system that tests run. */
import { spawnSync } from 'node:child_process';

/** Whether a program can be run. With CI=true a missing one is a failure, elsewhere a loud skip. */
export function toolIsHere(name: string, debianPackage: string, asks = '--version'): boolean {
  const here = spawnSync(name, [asks]).status === 0;
  if (!here && process.env['CI'] === 'true')
    throw new Error(`CI needs ${name}: install the Debian package ${debianPackage}`);
  if (!here) process.stderr.write(`SKIPPED: no ${name} here; install the Debian package ${debianPackage}\n`);
  return here;
}
