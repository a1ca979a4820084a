/** How `npm run test:image` tells two builds apart: nothing that an image keeps of a file may escape it. */
import { chmodSync, lutimesSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type LayerFile, layerDifferences, readLayer } from '../../image/layer.js';
import { removeFolder } from '../../support/folders.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'ocm-layer-'));
afterAll(() => {
  removeFolder(FOLDER);
});
let layers = 0;

/** A layer with a folder, a program in it, a link to that, and perhaps one file more. */
function aLayer({ text = 'serve();', mode = 0o644, atSeconds = 1, to = 'main.js', more = false } = {}): LayerFile[] {
  const root = join(FOLDER, String(layers++));
  const app = join(root, 'app');
  mkdirSync(app, { recursive: true });
  writeFileSync(join(app, 'main.js'), text);
  chmodSync(join(app, 'main.js'), mode);
  symlinkSync(to, join(app, 'link'));
  if (more) writeFileSync(join(app, 'more'), '');
  for (const path of [join(app, 'link'), join(app, 'main.js'), app]) lutimesSync(path, atSeconds, atSeconds);
  return readLayer(root);
}

describe('the difference of two layers', () => {
  it('is none when everything is equal', () => {
    expect(layerDifferences(aLayer(), aLayer())).toEqual([]);
    const listed = aLayer().map(({ path, kind }) => `${path} ${kind}`);
    expect(listed).toEqual(['/app folder', '/app/link link', '/app/main.js file']);
  });

  it('is every property in which a file is another', () => {
    const one = aLayer();
    expect(layerDifferences(one, aLayer({ mode: 0o664 }))).toEqual(['/app/main.js: mode 0644, then 0664']);
    expect(layerDifferences(one, aLayer({ to: './main.js' }))).toEqual(['/app/link: content main.js, then ./main.js']);
    expect(layerDifferences(one, aLayer({ text: 'serve()!' }))).toEqual([
      expect.stringMatching(/^\/app\/main[.]js: content [0-9a-f]{64}, then [0-9a-f]{64}$/),
    ]);
    expect(layerDifferences(one, aLayer({ atSeconds: 2 }))).toEqual(
      ['/app', '/app/link', '/app/main.js'].map((path) => `${path}: modifiedMs 1000, then 2000`),
    );
    const others = one.map((file) => ({ ...file, owner: '10001:10001' }));
    expect(layerDifferences(one, others)).toHaveLength(3);
  });

  it('is what one of them has alone, on either side', () => {
    const [less, more] = [aLayer(), aLayer({ more: true })];
    expect(layerDifferences(more, less)).toEqual(['/app/more: only in the first']);
    expect(layerDifferences(less, more)).toEqual(['/app/more: only in the second']);
  });
});
