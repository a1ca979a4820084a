/**
 * A store is moved while posts come in: the command is killed, and run again; the receiver on the new store spools until that
 * is whole. What it tells then is what one receiver tells that was posted the same.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { Command } from '../support/commands.js';
import { aPost, dateTime, FIGURES, LOADED, STARTED, STOPPED, UNLOADED } from '../support/posts.js';
import { postgresServices } from '../support/postgres-service.js';
import { freePort, Program } from '../support/program.js';

const services = postgresServices();
const GROUPS = 30;
const KILLS = 3;

let posted = 0;

/** The next post of some group, later than all before. */
function nextBody(): object {
  const n = posted++;
  const states = [LOADED, STARTED, { ...STARTED, ...FIGURES }, STOPPED, UNLOADED];
  const state = states[Math.floor(n / GROUPS) % states.length];
  const at = { GSW_DATE_TIME: dateTime(Date.UTC(2026, 10, 20, 8) + n * 50) };
  return aPost({ ...state, ...at, GSW_CAMPAIGN_GROUP_DBID: String(1 + (n % GROUPS)) });
}

async function send({ url }: Program, body: object): Promise<{ outcome: string }> {
  const answer = await fetch(`${url}/ocs/campaign-group-state`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  return (await answer.json()) as { outcome: string };
}

async function sendSome(program: Program, all: object[], count: number): Promise<string[]> {
  const outcomes = [];
  for (let n = 0; n < count; n++) {
    const body = nextBody();
    all.push(body);
    outcomes.push((await send(program, body)).outcome);
  }
  return outcomes;
}

async function transitions({ url }: Program): Promise<object[]> {
  const items: object[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const asked = `from=2020-01-01T00:00:00Z&limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const answer = await fetch(`${url}/api/v1/transitions?${asked}`);
    expect(answer.status).toBe(200);
    const page = (await answer.json()) as { items: object[]; next_cursor: string | null };
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

const startOn = async (file: string) => Program.start(await freePort(), file);

describe('a store that is moved while posts come in', () => {
  it('misses nothing, killed in the middle, and switched with a spool', async () => {
    const all: object[] = [];
    const file = join(services.folder, 'before.db');
    const before = await startOn(file);
    const name = await services.database();
    const ends = ['--from', `sqlite:${file}`, '--to', services.storeOf(name), '--json'];
    await sendSome(before, all, 5 * GROUPS);
    for (let kill = 1; kill <= KILLS; kill++) {
      const command = new Command(['migrate', ...ends]);
      const dying = new Promise((resolve) => setTimeout(resolve, 300 * kill));
      await sendSome(before, all, GROUPS);
      await dying;
      await command.kill();
    }
    const beside = await new Command(['migrate', ...ends]).ended;
    expect([beside.status, JSON.parse(beside.out)]).toMatchObject([0, { writers: 'a service', finished: false }]);
    await sendSome(before, all, GROUPS);

    // The switch: what comes from here on is the new one's, which waits for the store to be whole.
    const after = await services.start(name);
    expect(new Set(await sendSome(after, all, 2 * GROUPS))).toEqual(new Set(['spooled']));
    expect(await before.end('SIGINT')).toBe(0);
    const last = await new Command(['migrate', ...ends]).ended;
    expect([last.status, last.err, JSON.parse(last.out)]).toMatchObject([0, '', { finished: true, equal: true }]);
    await eventually(async () => {
      const state = (await (await fetch(`${after.url}/readyz`)).json()) as { store?: string };
      expect(state.store).not.toBe('spooling');
    });
    await sendSome(after, all, GROUPS);

    const alone = await startOn(join(services.folder, 'alone.db'));
    for (const body of all) await send(alone, body);
    const told = await transitions(alone);
    expect(told.length).toBeGreaterThan(4 * GROUPS);
    await eventually(async () => {
      expect(await transitions(after)).toEqual(told);
    });
    await alone.end('SIGKILL');
  });
});
