import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { FIELD_OF_KEY, MANDATORY_FIELDS, pairOf } from '../../../src/gms/key-value-pairs.js';
import { FINDINGS } from '../../../src/reports/callback-findings.js';
import { MEASURES } from '../../../src/reports/callback-measures.js';
import { faultsOfXml } from '../../support/markup.js';

const GUIDE = readFileSync(new URL('../../../docs/callback-setup.md', import.meta.url), 'utf8');
const MANDATORY = MANDATORY_FIELDS.map((field) => pairOf(field).name);

const fenced = (language: string) =>
  [...GUIDE.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text);
const SNIPPETS = fenced('xml');
const COMMANDS = fenced('sh');
/** The script of the whole document, and what it runs on entry to a state. */
const [LIBRARY = ''] = /(?<=<!\[CDATA\[).*?(?=\]\]>)/s.exec(SNIPPETS[0] ?? '') ?? [];
const onEntry = (state: string) =>
  new RegExp(`<state id="${state}">\\s*<onentry>\\s*<script>(.*?)</script>`, 's').exec(SNIPPETS[0] ?? '')?.[1] ?? '';

interface Post {
  readonly path: string;
  readonly pairs: Readonly<Record<string, unknown>>;
}

/** A curl that posts nothing: its arguments, and what it would read, each ended by NUL, all ended by a line of its own. */
const DRY_CURL = `curl() {
  printf '%s\\0' "$@"
  case " $* " in *' @- '*) cat ;; esac
  printf '\\0end of curl\\0'
}
`;

/** What the commands of the guide would post, pasted into one shell. */
function postsOf(commands: readonly string[]): Post[] {
  const output = execFileSync('bash', ['-c', DRY_CURL + commands.join('')], { encoding: 'utf8' });
  const calls = output.split('\0end of curl\0').slice(0, -1);
  return calls.map((call) => {
    const words = call.split('\0');
    const path = words.find((word) => word.startsWith('http'))?.replace('http://127.0.0.1:8080', '') ?? '';
    if (words.includes('@-')) return { path, pairs: JSON.parse(words.at(-1) ?? '') as Record<string, unknown> };
    const fields = words
      .filter((_, at) => words[at - 1] === '--data-urlencode')
      .map((field) => /^([^=]+)=(.*)$/s.exec(field));
    return { path, pairs: Object.fromEntries(fields.map((field) => [field?.[1] ?? '', field?.[2] ?? ''])) };
  });
}

const POSTS = postsOf(COMMANDS);
const keysIn = (text: string) => text.match(/\b_CB_\w+/g) ?? [];
const RECORDS = POSTS.filter(({ path }) => path.endsWith('/callback-events')).map(({ pairs }) => pairs);

describe('the guide for the senders of callback records', () => {
  it('has examples of SCXML, each of them well-formed', () => {
    expect(SNIPPETS).toHaveLength(3);
    for (const snippet of SNIPPETS) expect(faultsOfXml(snippet)).toEqual([]);
  });

  it('has a command for each receiving address, each with a body that can be read', () => {
    expect(new Set(POSTS.map(({ path }) => path))).toEqual(
      new Set(['/gms/eu-1/callback-events', '/gms/eu-1/status-notifications', '/gms/eu-1/attached-data']),
    );
    for (const { pairs } of POSTS) expect(Object.keys(pairs)).not.toHaveLength(0);
  });

  it('posts records that have every mandatory key, ended by a final one, as JSON and as a form', () => {
    expect(RECORDS).toHaveLength(4);
    for (const record of RECORDS) {
      expect(Object.keys(record)).toEqual(expect.arrayContaining([...MANDATORY, '_service_name']));
    }
    expect(RECORDS.map((record) => record['_CB_FINAL_RECORD'])).toEqual([0, 1, '0', '1']);
  });

  it('posts times of the last hour, whenever it is read', () => {
    const now = Date.now() / 1000;
    const times = POSTS.flatMap(({ pairs }) => Object.entries(pairs)).filter(([key]) => key.startsWith('_CB_T_'));

    expect(times.length).toBeGreaterThan(10);
    for (const [, time] of times) {
      expect(Number(time)).toBeLessThan(now);
      expect(Number(time)).toBeGreaterThan(now - 3600);
    }
  });

  it('names with every measure at least the keys by which it is defined', () => {
    const rows = [...GUIDE.matchAll(/^\| (.*?) +\| (.*?) +\|$/gm)].map(([, what = '', keys = '']) => ({
      measures: MEASURES.filter(({ name }) => what.includes(`\`${name}\``)),
      keys,
    }));
    const measures = rows.flatMap((row) => row.measures);
    const without = rows.flatMap(({ measures: said, keys }) =>
      said.flatMap(({ definition }) =>
        keysIn(definition).filter((key) => !MANDATORY.includes(key) && !keys.includes(`\`${key}\``)),
      ),
    );

    expect(measures.length).toBeGreaterThan(25);
    expect(without).toEqual([]);
  });

  it('names findings that there are', () => {
    const named = GUIDE.match(/(?<=`)(?:accepted|dial|last|ready|queue|final|start|events)_\w+_\w+(?=`)/g) ?? [];

    expect(named.filter((name) => !(name in FINDINGS) && !MEASURES.some((one) => one.name === name))).toEqual([]);
    expect(named).toContain('accepted_without_attached_data');
  });

  it('names no key that the registry does not know', () => {
    const named = GUIDE.match(/\b_(?:CB|cb)_\w+|\bVQ_CFG_\w+/g) ?? [];
    const unknown = named.filter((key) => key !== '_CB_' && !FIELD_OF_KEY.has(key));

    expect(named.length).toBeGreaterThan(50);
    expect(unknown).toEqual([]);
  });

  it('shows ECMAScript that leaves out what has no value, whoever wrote it, and sends all that is mandatory', () => {
    const context = createContext({});
    runInContext(LIBRARY, context);
    runInContext(
      `for (var name in callback) if (name.indexOf('offer') !== 0 && name !== 'attempts') callback[name] = undefined;
       callback.serviceId = 's-1'; callback.startedAt = callback.offeredAt = 1795249800;
       callback.queue = 'undefined'; callback.channel = null; callback.tenantDbid = 0 / 0; callback.type = '';
       callback.acceptedAt = callback.scheduledAt = callback.agentAt = 'undefined';`,
      context,
    );
    const always = [...MANDATORY, '_CB_N_CALLBACK_MEDIA_ATTEMPTS', '_CB_N_AGENT_ADDED_TO_IXN', '_CB_FINAL_RECORD'];
    const recordOf = (isFinal: boolean) =>
      runInContext(`JSON.parse(JSON.stringify(recordOf(callback, ${isFinal})))`, context) as Record<string, unknown>;

    expect(Object.keys(recordOf(false)).sort()).toEqual(always.sort());
    expect(recordOf(true)).toMatchObject({
      _CB_FINAL_RECORD: 1,
      _CB_N_CALLBACK_OFFERED: 1,
      _CB_D_CALLBACK_OFFER: 0,
      _CB_T_SERVICE_END: expect.any(Number) as number,
    });
  });

  it('sends as a form all that only the end knows', () => {
    const context = createContext({ _sessionid: 's-1' });
    const run = (code: string) =>
      JSON.parse(String(runInContext(`${code}; JSON.stringify(recordOf(callback, true))`, context))) as object;
    runInContext(LIBRARY, context);
    const atStart = Object.keys(run(onEntry('begin')));
    const atEnd = Object.keys(run(onEntry('serve')));
    const params = [...(SNIPPETS[1] ?? '').matchAll(/<param name="(\w+)" expr="text\(endPost\.body\.(\w+)\)"/g)];

    expect(params.length).toBeGreaterThan(30);
    for (const [, name, read] of params) expect(read).toBe(name);
    const sent = params.map(([, name]) => name);
    expect(sent).toEqual(expect.arrayContaining([...MANDATORY, ...atEnd.filter((key) => !atStart.includes(key))]));
  });

  it('shows states that are left on an answer, on an error and without an answer alike', () => {
    const states = [...SNIPPETS.join('').matchAll(/<state id="\w+".*?<\/state>/gs)].map(([state]) => state);
    const reporting = states.filter((state) => state.includes('<session:fetch'));

    expect(reporting).toHaveLength(3);
    for (const state of reporting) {
      const [, late = ''] = /<send event="'([\w.]+)'"/.exec(state) ?? [];
      const targets = [...state.matchAll(/<transition event="([\w.]+)"[^>]*? target="(\w+)"/g)];
      expect(targets.map(([, event]) => event)).toEqual(expect.arrayContaining(['session.fetch.done', 'error', late]));
      expect(new Set(targets.map(([, , target]) => target)).size).toBe(1);
    }
  });
});

describe('the check for well-formed XML', () => {
  it.each([
    ['<a><b></a></b>', 'elements that cross'],
    ['<a>', 'an element that is not closed'],
    ['<a/><b/>', 'two outermost elements'],
    ['<a b="1" b="2"/>', 'an attribute twice'],
    ['<a b=1/>', 'an attribute without quotes'],
    ['<a>1 < 2</a>', 'a bare <'],
    ['<a b="x && y"/>', 'a bare &'],
    ['<a/> rest', 'text after the end'],
  ])('finds fault with %s: %s', (xml) => {
    expect(faultsOfXml(xml)).not.toEqual([]);
  });
});

describe('the list of sources', () => {
  it('has every entry that code, tests and migrations cite', () => {
    const root = new URL('../../../', import.meta.url);
    const entries = new Set(anchorsOf(readFileSync(new URL('docs/sources.md', root), 'utf8')));
    const cited = ['src', 'test', 'migrations'].flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
        .filter((path) => /[.](?:ts|sql)$/.test(path))
        .flatMap(
          (path) => readFileSync(new URL(`${folder}/${path}`, root), 'utf8').match(/(?<=sources[.]md#)[a-z-]+/g) ?? [],
        ),
    );

    expect(cited.length).toBeGreaterThan(5);
    expect(cited.filter((anchor) => !entries.has(anchor))).toEqual([]);
  });
});

function anchorsOf(document: string): string[] {
  return [...document.matchAll(/^## ([a-z-]+)$/gm)].map(([, anchor = '']) => anchor);
}
