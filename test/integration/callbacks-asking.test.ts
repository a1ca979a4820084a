/** What people ask of callbacks beyond the lists: by number, by tenant, with slips in the question. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testApps, type TestApp } from '../support/app.js';
import {
  aFinal,
  anEvent,
  ATTACHED,
  EVENTS,
  get,
  list,
  seconds,
  send,
  STATUS,
  textOf,
} from '../support/callback-posts.js';

const start = testApps();

const idsOf = async (app: TestApp, path: string) => (await list(app, path)).items.map((item) => item['service_id']);

function phoneHash(database: string, ...args: readonly string[]) {
  const command = ['dist/main.js', 'phone-hash', '--store', `sqlite:${database}`, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  return { status, hash: stdout.trim(), why: stderr };
}

describe('a customer’s callbacks', () => {
  it('are found by the hash that the command prints, however the number is written', async () => {
    const app = await start();
    await send(app, EVENTS, anEvent({ _CB_SERVICE_ID: 'hers', _CB_CUSTOMER_PHONE_NUMBER: '+4915112345678' }));
    await send(app, EVENTS, anEvent({ _CB_SERVICE_ID: 'his', _CB_CUSTOMER_ANI: '+4915187654321' }));

    for (const number of ['+4915112345678', '0049 151 1234-5678']) {
      const { status, hash } = phoneHash(app.database, number);
      expect([status, await idsOf(app, `/callbacks?phone_hash=${hash}`)]).toEqual([0, ['hers']]);
    }
    const ani = phoneHash(app.database, '+4915187654321').hash;
    expect(await idsOf(app, `/callbacks?phone_hash=${ani}`)).toEqual(['his']);
  });

  it('are found under the configured key as well, also where no database is', () => {
    const under = (key: string) => phoneHash('/nowhere/none.db', '--pii-key', key, '+4915112345678').hash;

    expect(under('KEY')).toBe('a1ab186b19d32fd2');
    expect(under('ANOTHER')).not.toBe(under('KEY'));
  });

  it('need a number, and a key', () => {
    expect(phoneHash('/nowhere/none.db', '+4915112345678')).toMatchObject({ status: 1 });
    expect(phoneHash('/nowhere/none.db', 'nobody')).toMatchObject({ status: 2 });
    expect(phoneHash('/nowhere/none.db')).toMatchObject({ status: 2 });
  });
});

describe('a question', () => {
  it('with a name that no list takes is refused: its answer would only look filtered', async () => {
    const app = await start();

    for (const path of ['/callbacks?phone=5678', '/callbacks/summary?group_by=hour', '/campaign-groups?nmae=x']) {
      expect([path, (await fetch(`${app.url}/api/v1${path}`)).status]).toEqual([path, 400]);
    }
    expect(await textOf(app, '/api/v1/callbacks?phone=5678')).toContain('phone should be left out');
  });

  it('may be by tenant, name or DBID, and by channel however it is written', async () => {
    const app = await start({ tenants: '101=Sales,102=Service' });
    await send(app, EVENTS, aFinal({ _CB_SERVICE_ID: 'a', _CB_TENANT_DBID: 101, _CB_DIM_CHANNEL: 'IVR' }));
    await send(app, EVENTS, aFinal({ _CB_SERVICE_ID: 'b', _CB_TENANT_DBID: 102, _CB_DIM_CHANNEL: 'WEB' }));

    for (const query of ['tenant=Sales', 'tenant=101', 'channel=ivr']) {
      expect([query, await idsOf(app, `/callbacks?${query}`)]).toEqual([query, ['a']]);
      expect([query, await idsOf(app, `/callbacks/details?${query}`)]).toEqual([query, ['a']]);
      expect((await list(app, `/callbacks/summary?${query}`)).items).toMatchObject([{ callbacks: 1 }]);
    }
    expect(await idsOf(app, '/callbacks?tenant=Nobody')).toEqual([]);
  });

  it('about the last 24 hours has no answer from next year, where a sender’s clock stands', async () => {
    const app = await start();
    await send(app, EVENTS, aFinal({ _CB_SERVICE_ID: 'now' }));
    await send(app, EVENTS, aFinal({ _CB_SERVICE_ID: 'next year', _CB_T_SERVICE_END: seconds() + 365 * 86_400 }));

    expect(await idsOf(app, '/callbacks/details')).toEqual(['now']);
    expect(await idsOf(app, '/callbacks/details?from=2000-01-01&to=2099-01-01')).toEqual(['next year', 'now']);
  });

  it('about capacity is answered for one moment, however the clock runs on', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'ocm-capacity-')), 'agents.csv');
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => `sales,${day},00:00,24:00,4`);
    writeFileSync(file, ['queue,weekday,from,to,agents', ...days].join('\n'));
    const app = await start({ callback_capacity: file });
    await send(app, EVENTS, anEvent({ _CB_DIM_VQ: 'sales' }));
    let nowMs = new Date().getTime();
    app.clock.nowMs = () => nowMs++;

    const { items } = await list(app, '/callbacks/capacity');
    expect(items.reduce((sum, item) => sum + Number(item['waiting']), 0)).toBe(1);
  });
});

describe('a story', () => {
  it('says of each event what CALLBACK_FACT says: a final one that does not count is after the one that does', async () => {
    const app = await start();
    const end = seconds() - 60;
    await send(app, EVENTS, aFinal({ _CB_T_SERVICE_END: end }));
    await send(app, EVENTS, aFinal({ _CB_T_SERVICE_END: end - 30 }));

    const story = await get(app, '/callbacks/service-1');
    expect(story).toMatchObject({
      events: [
        { sequence: 1, counts: false, after_final: true },
        { sequence: 2, counts: true, after_final: false },
      ],
    });
  });
});

describe('what is due', () => {
  it('is due when it was said last to be, be it earlier than before', async () => {
    const app = await start();
    const [sooner, later] = [seconds() + 3600, seconds() + 7200];
    await send(app, EVENTS, anEvent({ _CB_DIM_TYPE: 'SCHEDULED' }));
    await send(app, ATTACHED, { interaction_id: 'call-1', _CB_SERVICE_ID: 'service-1', _CB_T_SERVICE_START: later });
    const moved = { event: '_cbe_on_callback_rescheduled', _service_id: 'service-1', _desired_time: sooner };
    await send(app, STATUS, moved);

    const { items } = await list(app, '/callbacks?due=scheduled');
    expect(items).toMatchObject([{ due_at: new Date(sooner * 1000).toISOString() }]);
  });
});
