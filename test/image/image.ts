/** An image as it was built: what it says of itself, what it adds to its base, and its file system. */
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Buildah } from './buildah.js';
import { command } from './command.js';
import { type LayerFile, readLayer } from './layer.js';

/** As Docker writes it down. */
export interface ImageConfig {
  readonly config: {
    readonly User: string;
    readonly Env: readonly string[];
    readonly Entrypoint: readonly string[] | null;
    readonly Cmd: readonly string[];
    readonly WorkingDir: string;
    readonly StopSignal: string;
    readonly ExposedPorts: Readonly<Record<string, object>>;
    readonly Volumes: Readonly<Record<string, object>>;
    readonly Labels: Readonly<Record<string, string>>;
    readonly Healthcheck: { readonly Test: readonly string[]; readonly Interval: number; readonly Timeout: number };
  };
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

export interface Image {
  readonly config: ImageConfig;
  /** SHA-256 of each layer, the base's first. */
  readonly layers: readonly string[];
  /** What its own layer holds. */
  readonly own: readonly LayerFile[];
  /** The folder of its own layer. */
  readonly ownFolder: string;
  /** The whole file system. */
  readonly root: string;
  readonly baseBytes: number;
}

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

/** Unpacks an image below `folder`. It must be its base and one layer. */
export async function unpackImage(buildah: Buildah, tag: string, folder: string): Promise<Image> {
  const files = join(folder, 'files');
  mkdirSync(folder, { recursive: true });
  await buildah.unpack(tag, files);
  const blob = (digest: string) => join(files, digest.replace('sha256:', ''));
  const manifest = JSON.parse(readFileSync(join(files, 'manifest.json'), 'utf8')) as Manifest;
  const config = JSON.parse(readFileSync(blob(manifest.config.digest), 'utf8')) as ImageConfig;
  const layers = manifest.layers.map(({ digest }) => digest);
  const [base = '', last = '', ...more] = layers;
  if (last === '' || more.length > 0)
    throw new Error(`the image has ${String(layers.length)} layers, not its base and one`);
  const [root, ownFolder] = [join(folder, 'root'), join(folder, 'own')];
  for (const [layer, to] of [
    [base, root],
    [last, root],
    [last, ownFolder],
  ] as const) {
    mkdirSync(to, { recursive: true });
    const how = ['--preserve-permissions', '--delay-directory-restore'];
    await command('tar', ['--extract', ...how, '--file', blob(layer), '--directory', to]);
  }
  const baseBytes = statSync(blob(base)).size;
  rmSync(files, { recursive: true });
  return { config, layers, own: readLayer(ownFolder), ownFolder, root, baseBytes };
}
