/** `ocs-monitor audit --backfill`: what a simulated OCS lost, brought back from its log beside the running service. */
import Database from 'better-sqlite3';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/cli/run.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import { systemClock } from '../../src/node/system-clock.js';
import { DEFAULT_OPTIONS, type SimulationOptions } from '../../src/simulator/options.js';
import { runSimulationInDetail } from '../../src/simulator/run.js';
import { testApps, type TestApp } from '../support/app.js';
import { removeFolder } from '../support/folders.js';

const start = testApps();
const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-backfill-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  folders.forEach(removeFolder);
});

interface Missing {
  readonly at: string;
  readonly campaign_group: string;
  readonly kind: string;
}

interface Answer {
  readonly missing: readonly Missing[];
  readonly backfilled: number;
  readonly restored: number;
  readonly [name: string]: unknown;
}

async function run(...args: readonly string[]) {
  let [out, err] = ['', ''];
  const status = await runCommand(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    isTerminal: false,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  return { status, out, err };
}

async function audit(app: TestApp, path: string, ...more: readonly string[]) {
  const store = ['--store', `sqlite:${app.database}`, '--tolerance', '100ms'];
  const { status, out, err } = await run('audit', '--ocs-log', path, ...store, '--tz', 'UTC', '--json', ...more);
  return { status, err, answer: JSON.parse(out) as Answer };
}

async function played(app: TestApp, options: Partial<SimulationOptions>) {
  const path = join(newFolder(), 'ocs.log');
  const lively = { groups: 12, intervalMs: 250, speed: 60, durationMs: 4000, loss: 0.3 };
  const all = { ...DEFAULT_OPTIONS, ...lively, url: app.url, ocsLog: { path, timeZone: 'UTC' }, ...options };
  return { path, ...(await runSimulationInDetail(all, { clock: systemClock })) };
}

const stateChanges = ({ missing }: Answer) => missing.filter(({ kind }) => kind === 'state');
const nameOf = ({ at, campaign_group: name }: Missing) => `${at} ${name}`;

/** The derived history, as it is stored. */
function stepsIn({ database }: TestApp): unknown[] {
  const db = new Database(database, { readonly: true });
  try {
    const rows = db.prepare('SELECT * FROM steps ORDER BY group_no, at_ms, action_rank, content_digest').all();
    // That it was changed meanwhile is a fact, which exports tell.
    return (rows as { change_no: number }[]).map((row) => ({ ...row, change_no: 0 }));
  } finally {
    db.close();
  }
}

interface Transition {
  readonly at: string;
  readonly campaign_group: string;
  readonly to_state: string;
  readonly action: string | null;
  readonly inferred: boolean;
}

async function transitions(app: TestApp): Promise<readonly Transition[]> {
  const answer = await request(app.url).get('/api/v1/transitions?limit=1000');
  return (answer.body as { items: readonly Transition[] }).items;
}

describe('a backfill', () => {
  it('brings nothing back by the clock of another time zone, and says which would do', async () => {
    const app = await start();
    const { path } = await played(app, { seed: 4 });
    const day = readFileSync(path, 'utf8').slice('Local time:'.length).trim().slice(0, 10).replaceAll('-', '');
    const bare = join(newFolder(), `ocs.${day}.log`);
    writeFileSync(bare, readFileSync(path, 'utf8').split('\n').slice(2).join('\n'));
    const right = await audit(app, bare, '--backfill', '--dry-run', '--service', app.url);
    expect(right.answer).toMatchObject({ fits_later_seconds: null });
    const wrong = await audit(app, bare, '--backfill', '--service', app.url, '--tz', 'Asia/Kolkata');
    expect(wrong.answer).toMatchObject({ fits_later_seconds: 5.5 * 3600, backfilled: 0 });
    expect(wrong.err).toContain('5.5 h later they would. So these figures are wrong, and nothing was brought back');
    expect((await audit(app, bare)).answer).toMatchObject({ restored: 0, missing: right.answer.missing });
  });

  it.each([1, 2, 3])(
    'brings back all changes that it can prove, as they were, and no others (seed %i)',
    async (seed) => {
      const app = await start();
      const { path, details } = await played(app, { seed });
      const before = stepsIn(app);
      const first = await audit(app, path, '--backfill', '--service', app.url);
      const lost = stateChanges(first.answer);
      expect(first.status).toBe(1);
      const second = await audit(app, path);
      // Only an end that nothing follows may be left.
      const left = stateChanges(second.answer);
      expect(first.err).toContain(left.length === 0 ? '' : `${String(left.length)} missing changes of state`);
      expect(first.answer.backfilled).toBe(lost.length - left.length);
      expect(left.length).toBeLessThan(lost.length / 4);
      expect(second.answer).toMatchObject({ restored: first.answer.backfilled, received: first.answer['received'] });
      expect(second.answer['unexpected']).toEqual([]);
      expect(left.map(nameOf).filter((one) => !lost.map(nameOf).includes(one))).toEqual([]);
      const again = await audit(app, path, '--backfill', '--service', app.url);
      expect([again.answer.backfilled, stateChanges(again.answer)]).toEqual([0, left]);
      const told = await transitions(app);
      const isLeft = new Set(left.map(nameOf));
      for (const { name, changes } of details.groups) {
        for (const { atMs, toState, action, lost: isLost } of changes) {
          if (!isLost || isLeft.has(nameOf({ at: new Date(atMs).toISOString(), campaign_group: name, kind: '' })))
            continue;
          const word = { to_state: ENUMERATIONS.state.get(toState), action: ENUMERATIONS.action.get(action) };
          const found = told.filter((one) => one.campaign_group === name && Date.parse(one.at) === atMs);
          // A change of mode that another follows says nothing of its mode.
          if (word.action !== 'set_dial_mode')
            expect([name, found]).toMatchObject([name, [{ ...word, inferred: false }]]);
        }
      }
      const undo = async (...more: readonly string[]) => {
        const store = ['--store', `sqlite:${app.database}`, '--service', app.url, '--json'];
        return JSON.parse((await run('audit', '--undo', '--source', 'default', ...store, ...more)).out) as unknown;
      };
      const found = first.answer.backfilled;
      expect(await undo('--dry-run')).toEqual({ source: 'default', undone: 0, found });
      const elsewhere = await run('audit', '--undo', '--source', 'nobody', '--store', `sqlite:${app.database}`);
      expect(elsewhere.err).toContain('No log told anything of source nobody: is --source right');
      expect(await undo('--from', '2100-01-01T00:00:00Z')).toEqual({ source: 'default', undone: 0, found: 0 });
      expect(await undo()).toEqual({ source: 'default', undone: found, found });
      const audited = (await request(app.url).get('/api/v1/audit-log?limit=1')).body as object;
      expect(audited).toMatchObject({ items: [{ action: 'import', detail: { source: 'default', imported: found } }] });
      expect(stepsIn(app)).toEqual(before);
      expect((await audit(app, path)).answer.missing).toEqual(first.answer.missing);
    },
  );
});
