/** Puts a post into a spool, takes it out and puts one in again, and tells of each on stdout: see `spool-sync.test.ts`. */
import { writeSync } from 'node:fs';
import { Spool } from '../../src/sqlite/spool/spool.js';

const [, , path = ''] = process.argv;
const post = { endpoint: 'campaign-group-state', source: 'east', receivedAtMs: 0, bytes: '{}' } as const;
const spool = new Spool({ path, limitBytes: 1e6, nowMs: () => 0, onAside: () => undefined });
const told = (what: string, step: () => void) => {
  step();
  writeSync(1, `${what}\n`);
};

told('opened', () => spool.status());
told('appended', () => {
  spool.append([post]);
});
told('removed', () => {
  spool.remove(spool.take(1).map(({ no }) => no));
});
told('appended again', () => {
  spool.append([post]);
});
spool.close();
