/** The commands of docs/api.md, as they stand there. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { testApps } from '../support/app.js';
import { list, send } from '../support/callback-posts.js';
import { removeFolder } from '../support/folders.js';
import { aPost, dateTime, LOADED, STARTED, STOPPED } from '../support/posts.js';
import { toolIsHere } from '../support/tools.js';

const start = testApps();
const run = promisify(execFile);
/** 23:00 of 31 October in UTC is the first moment of November in Berlin. */
const NOVEMBER_MS = Date.UTC(2026, 9, 31, 23);
const POSTS = 130;

const commands = [...readFileSync('docs/api.md', 'utf8').matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text);

it.runIf(toolIsHere('curl', 'curl'))('the guide exports a whole month, to files that say what they are', async () => {
  const app = await start();
  app.clock.setMs(Date.UTC(2026, 11, 2));
  const minutes = [-1, ...Array.from({ length: POSTS }, (_, n) => n)];
  for (const minute of minutes) {
    const change = minute < 0 ? LOADED : minute % 2 === 0 ? STARTED : STOPPED;
    const body = aPost({ ...change, GSW_DATE_TIME: dateTime(NOVEMBER_MS + minute * 60_000) });
    expect((await send(app, '/ocs/campaign-group-state', body)).status).toBe(200);
  }
  const [group] = (await list(app, '/campaign-groups')).items;
  const folder = mkdtempSync(join(tmpdir(), 'ocm-export-'));
  try {
    expect(commands).toHaveLength(3);
    for (const command of commands) {
      const here = command
        .replaceAll('http://127.0.0.1:8080', app.url)
        .replaceAll('/ID/', `/${String(group?.['id'])}/`);
      await run('bash', ['-ec', here], { cwd: folder });
    }
    const name = String(group?.['name']).replace(/\W+/g, '-');
    const month = '2026-11-01_2026-12-01.csv';
    expect(readdirSync(folder).sort()).toEqual(
      [`callbacks-details_${month}`, `sessions_${name}_${month}`, `transitions_${month}`].sort(),
    );
    const csv = readFileSync(join(folder, `transitions_${month}`), 'utf8');
    const [head = '', ...rows] = csv.trimEnd().split('\r\n');
    expect(head.startsWith('\uFEFFid,')).toBe(true);
    // That of October is not in it.
    expect(rows).toHaveLength(POSTS);
    expect(rows.at(-1)).toContain('2026-10-31T23:00:00.000Z,2026-11-01 00:00:00');
  } finally {
    removeFolder(folder);
  }
});
