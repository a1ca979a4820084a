/**
 * Watches the system calls of the service: an answer goes out only after a sync of the write-ahead log that began after
 * the post was written there. A kill cannot show this, because what was written survives the process.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../support/folders.js';
import { freePort } from '../support/program.js';
import { type Account, newFaultAccount } from './account.js';
import { postOnce } from './client.js';
import { type Call, callsIn } from './trace.js';
import { CallbackTeller, GroupTeller, type Post } from './posts.js';
import { Service } from './service.js';

export interface OrderRun {
  readonly root: string;
  readonly account: Account;
  readonly mustHold: boolean;
  readonly say: (text: string) => void;
}

/** Posts one after the other, then at once. */
const SINGLE = 60;
const TOGETHER = 120;

/** A post with the mark by which it is found in the log, and the mark of its answer. */
interface Watched {
  readonly mark: string;
  readonly answer: string;
}

export async function runOrder({ root, account, mustHold, say }: OrderRun): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-order-'));
  const found = newFaultAccount('order of sync and answer');
  account.faults.push(found);
  try {
    const watched = await traffic(root, folder);
    const calls = callsIn(readFileSync(join(folder, 'trace'), 'utf8'));
    const faults = orderFaults(calls, watched);
    found.cycles = 1;
    found.campaignDebts = watched.filter((_, at) => at % 2 === 0).length;
    found.callbackDebts = watched.length - found.campaignDebts;
    const syncs = calls.filter((call) => isSync(call)).length;
    const note = `${String(watched.length)} answers, ${String(syncs)} syncs of the log, ${String(faults.length)} too early`;
    found.notes.push(note);
    say(`order of sync and answer: ${note}`);
    for (const fault of faults.slice(0, 5)) say(`  ${fault}`);
    account.debts += watched.length;
    if (mustHold && faults.length > 0) account.failures.push(`${String(faults.length)} answers before their sync`);
    if (!mustHold && faults.length === 0)
      account.failures.push('order: no early answer was seen, though the build gives them');
  } catch (error) {
    account.failures.push(`order of sync and answer: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
  } finally {
    removeFolder(folder);
  }
}

/** Runs the service under strace; resolves with what was acknowledged when it has ended. */
async function traffic(root: string, folder: string): Promise<Watched[]> {
  const trace = 'trace=fsync,fdatasync,pwrite64,pwritev,write,writev,sendto,sendmsg';
  // Whole pages are shown, so that a post is found in the page it was written with.
  const strace = ['strace', '-f', '-qq', '-y', '-s', '9000', '-e', 'signal=none', '-e', trace];
  const service = new Service({
    root,
    port: await freePort(),
    store: `sqlite:${join(folder, 'order.db')}`,
    environment: {},
    flags: ['--unsupervised'],
    wrapper: [...strace, '-o', join(folder, 'trace')],
  });
  const watched: Watched[] = [];
  try {
    await service.start();
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const posts = Array.from({ length: SINGLE + TOGETHER }, (_, n) => markedPost(n));
    const send = async ({ post, mark }: { post: Post; mark: string }) => {
      const told = await postOnce(agent, service.url, post);
      if (told.status !== 200) throw new Error(`${post.key}: ${JSON.stringify(told)}`);
      watched.push({
        mark,
        answer: post.kind === 'campaign' ? `"id\\":\\"${told.id ?? ''}` : `service_id\\":\\"${post.owner}\\"`,
      });
    };
    for (const post of posts.slice(0, SINGLE)) await send(post);
    await Promise.all(posts.slice(SINGLE).map(send));
    agent.destroy();
  } finally {
    await service.killAll();
  }
  return watched;
}

/** Every second one of a callback; each of a group or callback of its own, whose name marks it. */
function markedPost(n: number): { post: Post; mark: string } {
  if (n % 2 === 1) {
    const post = new CallbackTeller(`order-mark-${String(n)}-x`).next();
    return { post, mark: `order-mark-${String(n)}-x` };
  }
  const post = new GroupTeller(`70${String(1000 + n)}07`).next();
  return { post, mark: `Group 70${String(1000 + n)}07` };
}

const isLog = ({ target }: Call) => target.endsWith('.db-wal');
const isSync = (call: Call) => isLog(call) && /^f(data)?sync$/.test(call.name) && call.result === 0;

/** One line for each answer that no sync of the log came before, after the post was written to it. */
export function orderFaults(calls: readonly Call[], watched: readonly Watched[]): string[] {
  const writes = calls.filter((call) => isLog(call) && call.name.startsWith('pwrite'));
  const syncs = calls.filter(isSync);
  const answers = calls.filter((call) => /socket|TCP/.test(call.target) && call.text.includes('HTTP/1.1 200'));
  const faults: string[] = [];
  for (const { mark, answer } of watched) {
    const answered = answers.find(({ text }) => text.includes(answer));
    if (answered === undefined) throw new Error(`the trace shows no answer with ${answer}`);
    const written = writes.find(({ text }) => text.includes(mark));
    const synced = written && syncs.find((sync) => sync.began > written.ended && sync.ended < answered.began);
    if (written === undefined) faults.push(`${mark} was answered and never written to the log`);
    else if (written.ended > answered.began) faults.push(`${mark} was answered before it was written to the log`);
    else if (synced === undefined) faults.push(`${mark} was answered before a sync of the log`);
  }
  return faults;
}
