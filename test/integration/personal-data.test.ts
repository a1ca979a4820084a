import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../src/cli/run.js';
import { systemClock } from '../../src/node/system-clock.js';
import { testApps, type TestApp } from '../support/app.js';
import { aFinal, anEvent, ATTACHED, EVENTS, list, send, STATUS, textOf } from '../support/callback-posts.js';
import { aPost } from '../support/posts.js';

const start = testApps();

/** A number of its own for every place, so that the test says where one came through: 49 15x 7654nnn. */
class Plants {
  readonly #of = new Map<string, string>();

  /** The digits planted at a place. */
  at(place: string): string {
    const digits = `491517654${String(101 + this.#of.size)}`;
    this.#of.set(place, digits);
    return digits;
  }

  /** `+49…` at a place. */
  plus(place: string): string {
    return `+${this.at(place)}`;
  }

  /** With white space and brackets, as people write it. */
  written(place: string): string {
    const digits = this.at(place);
    return `+${digits.slice(0, 2)} (${digits.slice(2, 5)}) ${digits.slice(5, 8)}-${digits.slice(8)}`;
  }

  get places(): string[] {
    return [...this.#of.keys()];
  }

  /** The places whose digits stand in a text, whatever stands between them. */
  seenIn(text: string): string[] {
    const bare = text.replace(/%2[08bBdD9]|\\u00[\da-f]{2}|[\s()+./\\-]/g, '');
    return [...this.#of].filter(([, digits]) => bare.includes(digits.slice(2))).map(([place]) => place);
  }
}

/** Posts a number in every place a sender may put one; resolves with what the service answered the senders. */
async function plantEverywhere(app: TestApp, plants: Plants): Promise<string> {
  const say = async (path: string, body: unknown) => (await send(app, path, body)).text();
  const secret = aFinal({
    _CB_CUSTOMER_ANI: plants.at('ANI'),
    _CB_CUSTOMER_PHONE_NUMBER: plants.plus('phone number'),
    _CB_DISPOSITION: `call ${plants.written('disposition')} again`,
    _CB_N_CALLBACK_MEDIA_ATTEMPTS: plants.plus('unreadable counter'),
    _CB_NEW: plants.plus('unknown key of the family'),
    [`key ${plants.plus('name of a key')}`]: 1,
    note: `reach me at ${plants.written('unknown key')}`,
    caller: { numbers: [plants.at('nested number'), Number(plants.at('nested bare number'))] },
    more: JSON.stringify({ _customer_number: plants.at('JSON in a text') }),
    query: `_customer_number=${plants.at('form in a text')}&x=1`,
    DNIS: Number(plants.at('bare number')),
  });
  const doubled = (place: string) => `"_CB_CUSTOMER_ANI":"${plants.at(place)}"`;
  return [
    await say(EVENTS, secret),
    await say(EVENTS, [
      anEvent({ _CB_SERVICE_ID: 'other', ANI: plants.plus('in an array') }),
      { phone: plants.plus('faulty in an array') },
    ]),
    await say(EVENTS, new URLSearchParams({ _CB_SERVICE_ID: 's', _CB_CUSTOMER_ANI: plants.plus('form') }).toString()),
    await say(EVENTS, { _CB_CUSTOMER_ANI: plants.at('refused'), note: `mobile ${plants.written('refused note')}` }),
    await say(EVENTS, {
      _CB_CUSTOMER_ANI: { a: [plants.at('nested under the key')] },
      _CB_T_SERVICE_START: plants.plus('bad time'),
    }),
    await say(EVENTS, `{${doubled('double key')},${doubled('other double key')},"_CB_SERVICE_ID":"d"}`),
    await say(EVENTS, `ani=${plants.at('double in a form')}&ani=${plants.at('other double in a form')}`),
    await say(EVENTS, `{"_CB_CUSTOMER_ANI":"${plants.at('broken JSON')}","note":"+${plants.at('text in broken JSON')}`),
    await say(EVENTS, `${plants.plus('no JSON at all')} rang`),
    await say(EVENTS, `{"_CB_CUSTOMER_PHONE_NUMBER":"${plants.at('too large')}","x":"${'x'.repeat(300_000)}"}`),
    await say(EVENTS, JSON.stringify(plants.plus('a bare text'))),
    await say(EVENTS, plants.at('a bare number')),
    await say(ATTACHED, {
      interaction_id: 'call-1',
      _CB_SERVICE_ID: 'service-1',
      ANI: plants.at('attached data'),
      note: plants.written('attached note'),
    }),
    await say(ATTACHED, { _CB_CUSTOMER_ANI: plants.at('refused attached data') }),
    await say(STATUS, {
      event: '_cbe_on_dial_init',
      _service_id: 'service-1',
      _customer_number: plants.at('status'),
      _c_dialed_number: plants.plus('dialed'),
    }),
    await say(STATUS, `event=_cbe_on_dial_done&_service_id=service-1&_customer_number=%2B${plants.at('status form')}`),
    await say(STATUS, `event _cbe_on_dial_done service_id: service-1 for ${plants.written('status text')}`),
    await say(STATUS, `<m><_customer_number>${plants.at('refused status')}</_customer_number></m>`),
    await say('/ocs/campaign-group-state', secret),
    await say('/ocs/campaign-group-state', { _CB_CUSTOMER_ANI: plants.at('wrong address') }),
    await say('/ocs/campaign-group-state', { phone: plants.plus('wrong address without the family') }),
    await say('/ocs/campaign-group-state', `{"_CB_CUSTOMER_ANI":"${plants.at('broken at the wrong address')}"`),
    await say('/ocs/campaign-group-state', aPost({ _CB_CUSTOMER_ANI: plants.plus('within a notification') })),
    await say(EVENTS, {
      _CB_CUSTOMER_ANI: plants.at('beside UserData'),
      OtherDN: plants.at('other number beside UserData'),
      note: plants.written('note beside UserData'),
      _CB_T_SERVICE_START: plants.plus('time beside UserData'),
      UserData: JSON.stringify(
        anEvent({ _CB_SERVICE_ID: 'u', _CB_CUSTOMER_ANI: '1', OtherDN: '2', note: 'x', _CB_DIM_VQ: 'A' }),
      ),
    }),
    await say(EVENTS, {
      ...anEvent({ _CB_SERVICE_ID: 'v', _CB_CUSTOMER_PHONE_NUMBER: plants.at('one spelling') }),
      _cb_customer_phone_number: plants.plus('other spelling'),
      _CB_N_CALLBACK_ACCEPTED: [plants.plus('unreadable list')],
    }),
    await say(
      EVENTS,
      new URLSearchParams(anEvent({ _CB_SERVICE_ID: 'w' }) as Record<string, string>).toString() +
        `&_CB_CUSTOMER_ANI=${plants.at('undecodable form')}%E9&note=%E8+%2B${plants.at('undecodable note')}` +
        `&%E9phone=${plants.at('undecodable key')}&bad=%zz%2B${plants.at('malformed form')}`,
    ),
    await say(STATUS, {
      deviceId: 'x',
      message: JSON.stringify({
        event: '_cbe_on_dial_init',
        _service_id: 'service-1',
        _customer_number: plants.at('status in a text'),
      }),
    }),
    await say(
      STATUS,
      Buffer.from(`_cbe_on_dial_done service_id=service-1 \xe9 +${plants.at('undecodable status')}`, 'latin1'),
    ),
    await say(STATUS, `{"_customer_number":"${plants.at('status with NUL')}"}\0`),
    await say('/ocs/campaign-group-state', JSON.stringify(aPost({ note: plants.at('note of a campaign') }))),
    await say('/ocs/campaign-group-state', aPost({ GSW_NEW: { phone: plants.at('object of a campaign') } })),
    await say('/ocs/campaign-group-state', aPost({ GSW_NEW: plants.written('unknown field of a campaign') })),
    await say(`${EVENTS}?ani=${plants.at('query')}`, { _CB_SERVICE_ID: 'q' }),
    await say(`/gms/${plants.at('wrong path')}/nothing`, '{}'),
  ].join('\n');
}

/** Everything that can be read over HTTP, as JSON and as CSV. */
async function everythingRead(app: TestApp): Promise<Map<string, string>> {
  const paths = [
    ...['/callbacks', '/callbacks/summary', '/callbacks/details', '/callbacks/missing-keys', '/transitions'],
    ...['/campaign-groups', '/quarantine?replayed=true', '/quarantine'],
    '/callbacks/summary?by=queue,channel,type,disposition,final_dial_result,target',
  ].flatMap((path) => [path, `${path}${path.includes('?') ? '&' : '?'}format=csv`]);
  for (const { service_id: id } of (await list(app, '/callbacks')).items) paths.push(`/callbacks/${String(id)}`);
  for (const { id } of (await list(app, '/quarantine')).items) paths.push(`/quarantine/${String(id)}`);
  for (const { id } of (await list(app, '/campaign-groups')).items)
    for (const part of ['', '/transitions', '/statistics', '/sessions'])
      paths.push(`/campaign-groups/${String(id)}${part}`);
  const texts = new Map<string, string>();
  for (const path of paths) texts.set(path, withDecoded(await textOf(app, `/api/v1${path}`)));
  return texts;
}

/** A text, and what is base64 in it in the clear. */
function withDecoded(text: string): string {
  const coded = Array.from(text.matchAll(/"body_base64":"([^"]+)"/g), ([, code = '']) =>
    Buffer.from(code, 'base64').toString('latin1'),
  );
  return [text, ...coded].join('\n');
}

function cli(app: TestApp, ...args: string[]): string {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['dist/main.js', 'quarantine', ...args, '--store', `sqlite:${app.database}`],
    { encoding: 'utf8' },
  );
  return withDecoded(stdout) + stderr;
}

/** What the command prints of a body, without a process for each. */
async function shown(app: TestApp, id: string): Promise<string> {
  let text = '';
  const io = { out: (said: string) => void (text += said), err: (said: string) => void (text += said) };
  const terminal = { ...io, isTerminal: false, clock: systemClock, signal: new AbortController().signal };
  const status = await runCommand(['quarantine', 'show', id, '--json', '--store', `sqlite:${app.database}`], terminal);
  expect([status, text]).toEqual([0, text]);
  return withDecoded(text);
}

async function cliSays(app: TestApp): Promise<string> {
  const ids = (await list(app, '/quarantine')).items.map(({ id }) => String(id));
  expect(ids.length).toBeGreaterThan(15);
  const texts = [cli(app, 'list'), cli(app, 'list', '--json'), cli(app, 'show', ids[0] ?? '')];
  for (const id of ids) texts.push(await shown(app, id));
  return texts.join('\n');
}

const logged = (app: TestApp) =>
  app.log
    .map(
      ({ message, fields }) =>
        message + JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? String(value.stack) : value)),
    )
    .join('\n');

const replay = (app: TestApp, dryRun: boolean) =>
  send(app, '/api/v1/quarantine/replay', { dry_run: dryRun }, { 'Content-Type': 'application/json' });

describe('customers’ numbers', () => {
  it('are masked in every answer, export, metric, log line and printed table', async () => {
    const app = await start({ log_level: 'debug' });
    const plants = new Plants();
    const answers = await plantEverywhere(app, plants);
    const seen: Record<string, string[]> = {};
    const look = (where: string, text: string) => {
      const places = plants.seenIn(text);
      if (places.length > 0) seen[where] = places;
    };
    look('replay', (await (await replay(app, true)).text()) + (await (await replay(app, false)).text()));
    for (const [path, text] of await everythingRead(app)) look(path, text);
    for (const path of ['/metrics', '/metrics/domain', '/readyz', '/']) look(path, await textOf(app, path));
    look('log', logged(app));
    look('command line', await cliSays(app));
    look('answers to the sender', answers);
    expect(seen).toEqual({});
    expect(plants.places.length).toBeGreaterThan(40);
  });

  it('still show their last four digits, and are found by their hash', async () => {
    const app = await start();
    await send(
      app,
      EVENTS,
      anEvent({ _CB_CUSTOMER_ANI: '+49 (151) 7654-321', _CB_CUSTOMER_PHONE_NUMBER: '0151-7654321' }),
    );
    const [row] = (await list(app, '/callbacks')).items;
    expect(row).toMatchObject({ customer_ani: '***4321', customer_phone_number: '***4321' });
    const found = await list(app, `/callbacks?phone_hash=${String(row?.['ani_hash'])}`);
    expect(found.items).toHaveLength(1);
    await send(app, EVENTS, anEvent({ _CB_SERVICE_ID: 'b', _CB_CUSTOMER_PHONE_NUMBER: '491517654321' }));
    expect((await list(app, `/callbacks?phone_hash=${String(row?.['ani_hash'])}`)).items).toHaveLength(2);
  });

  it('are whole with OCM_PII=full in what the API answers, and nowhere else', async () => {
    const app = await start({ pii: 'full', log_level: 'debug' });
    const plants = new Plants();
    await plantEverywhere(app, plants);
    const read = await everythingRead(app);
    const shown = new Set(plants.seenIn([...read.values()].join('\n')));
    // Not kept at all: the URL. Of a notification that is applied, what nobody knows is kept, but not read here.
    expect(plants.places.filter((place) => !shown.has(place)).sort()).toEqual([
      'note of a campaign',
      'object of a campaign',
      'query',
      'unknown field of a campaign',
      'within a notification',
      'wrong path',
    ]);
    for (const path of ['/metrics', '/metrics/domain']) expect(plants.seenIn(await textOf(app, path))).toEqual([]);
    expect(plants.seenIn(logged(app))).toEqual([]);
  });

  it('survive in the phone columns of CSV where they are E.164, and only there', async () => {
    const app = await start({ pii: 'full' });
    const numbers = ['+4915112345678', '+1-1', '=1+1', '+49 151 1234567', '@x', '-1', '\t1'];
    for (const [n, number] of numbers.entries()) {
      await send(
        app,
        EVENTS,
        anEvent({ _CB_SERVICE_ID: `s${String(n)}`, _CB_CUSTOMER_ANI: number, _CB_DIM_VQ: number }),
      );
    }
    const csv = await textOf(app, '/api/v1/callbacks?format=csv');
    const [header = '', ...lines] = csv.trim().split('\r\n');
    const names = header.split(',');
    const cells = (name: string) => lines.map((line) => line.split(',')[names.indexOf(name)]).reverse();
    expect(cells('customer_ani')).toEqual(['+4915112345678', "'+1-1", "'=1+1", "'+49 151 1234567", "'@x", "'-1", '1']);
    expect(cells('queue')).toEqual(["'+4915112345678", "'+1-1", "'=1+1", "'+49 151 1234567", "'@x", "'-1", '1']);
  });
});
