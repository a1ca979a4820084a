/** What a layer of an image puts into its file system, file by file. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface LayerFile {
  /** From the root of the image: /app/dist/main.js. */
  readonly path: string;
  readonly kind: 'folder' | 'file' | 'link' | 'other';
  /** Permissions, set-user-ID and the like, in octal. */
  readonly mode: string;
  /** User and group, by number. */
  readonly owner: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Of a file its SHA-256, of a link where it leads. */
  readonly content: string;
}

/** All below `folder`, the layer as it was unpacked there by root; by path. */
export function readLayer(folder: string, below = ''): LayerFile[] {
  const names = readdirSync(join(folder, below)).sort();
  return names.flatMap((name) => {
    const path = `${below}/${name}`;
    const stat = lstatSync(join(folder, path));
    const [kind, bytes, content] = contentOf(join(folder, path), stat);
    const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0');
    const owner = `${String(stat.uid)}:${String(stat.gid)}`;
    const one = { path, kind, mode, owner, bytes, modifiedMs: stat.mtimeMs, content };
    return kind === 'folder' ? [one, ...readLayer(folder, path)] : [one];
  });
}

function contentOf(path: string, stat: ReturnType<typeof lstatSync> & object): [LayerFile['kind'], number, string] {
  if (stat.isDirectory()) return ['folder', 0, ''];
  if (stat.isSymbolicLink()) return ['link', 0, readlinkSync(path)];
  if (!stat.isFile()) return ['other', 0, ''];
  return ['file', Number(stat.size), createHash('sha256').update(readFileSync(path)).digest('hex')];
}

/** A line for each file that is in one layer only, or not the same in both. */
export function layerDifferences(one: readonly LayerFile[], other: readonly LayerFile[]): string[] {
  const others = new Map(other.map((file) => [file.path, file]));
  const paths = new Set(one.map(({ path }) => path));
  return [
    ...one.flatMap((file) => {
      const same = others.get(file.path);
      if (same === undefined) return [`${file.path}: only in the first`];
      const unlike = PROPERTIES.filter((property) => file[property] !== same[property]);
      return unlike.map((name) => `${file.path}: ${name} ${String(file[name])}, then ${String(same[name])}`);
    }),
    ...other.filter(({ path }) => !paths.has(path)).map(({ path }) => `${path}: only in the second`),
  ];
}
const PROPERTIES = ['kind', 'mode', 'owner', 'bytes', 'modifiedMs', 'content'] as const;
