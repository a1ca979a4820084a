import { readdirSync, readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { FIELD_OF_KEY, MANDATORY_FIELDS, pairOf } from '../../src/gms/key-value-pairs.js';
import { faultsOfXml } from '../support/markup.js';

const GUIDE = readFileSync(new URL('../../docs/callback-setup.md', import.meta.url), 'utf8');
const MANDATORY = MANDATORY_FIELDS.map((field) => pairOf(field).name);

const fenced = (language: string) =>
  [...GUIDE.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text);
const SNIPPETS = fenced('xml');
const COMMANDS = fenced('sh');

interface Post {
  readonly path: string;
  readonly pairs: Readonly<Record<string, unknown>>;
}

/** What a curl command of the guide would post. */
function postOf(command: string): Post {
  const path = /http:\/\/127\.0\.0\.1:8080(\S+)/.exec(command)?.[1] ?? '';
  const json = /--data-binary @- <<'BODY'\n(.*)\nBODY\n$/s.exec(command)?.[1];
  if (json !== undefined) return { path, pairs: JSON.parse(json) as Record<string, unknown> };
  const fields = [...command.matchAll(/--data-urlencode '([^'=]+)=([^']*)'/g)];
  return { path, pairs: Object.fromEntries(fields.map(([, key = '', value = '']) => [key, value])) };
}

const POSTS = COMMANDS.map(postOf);
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
    expect(RECORDS).toHaveLength(3);
    for (const record of RECORDS) expect(Object.keys(record)).toEqual(expect.arrayContaining(MANDATORY));
    expect(RECORDS.map((record) => record['_CB_FINAL_RECORD'])).toEqual([0, 1, '1']);
  });

  it('names no key that the registry does not know', () => {
    const named = GUIDE.match(/\b_(?:CB|cb)_\w+|\bVQ_CFG_\w+/g) ?? [];
    const unknown = named.filter((key) => key !== '_CB_' && !FIELD_OF_KEY.has(key));

    expect(named.length).toBeGreaterThan(50);
    expect(unknown).toEqual([]);
  });

  it('shows ECMAScript that leaves out what has no value, whoever wrote it, and sends all that is mandatory', () => {
    const [script = ''] = /(?<=<!\[CDATA\[).*?(?=\]\]>)/s.exec(SNIPPETS[0] ?? '') ?? [];
    const context = createContext({});
    runInContext(script, context);
    runInContext(
      `callback.serviceId = 's-1'; callback.startedAt = callback.offeredAt = 1795249800;
       callback.queue = 'undefined'; callback.channel = null; callback.attempts = 0 / 0; callback.type = '';`,
      context,
    );
    const recordOf = (isFinal: boolean) =>
      runInContext(`JSON.parse(JSON.stringify(recordOf(callback, ${isFinal})))`, context) as Record<string, unknown>;

    expect(Object.keys(recordOf(false)).sort()).toEqual([...MANDATORY, '_CB_FINAL_RECORD'].sort());
    expect(recordOf(true)).toMatchObject({
      _CB_FINAL_RECORD: 1,
      _CB_N_CALLBACK_OFFERED: 1,
      _CB_D_CALLBACK_OFFER: 0,
      _CB_T_SERVICE_END: expect.any(Number) as number,
    });
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
    const root = new URL('../../', import.meta.url);
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
