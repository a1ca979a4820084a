/** Builds images without an engine: Debian's buildah, steps run in a chroot, in a store of its own. Needs root. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { command, type CommandOptions } from './command.js';

export interface Build {
  /** The folder with the Dockerfile. */
  readonly context: string;
  readonly tag: string;
  /** The time of all that the build makes: builds at other times are equal. */
  readonly atSeconds: number;
  readonly revision: string;
  /** What npm keeps for the next build. */
  readonly npmCache: string;
  readonly onStep: (step: string) => void;
}

export class Buildah {
  readonly #globals: readonly string[];

  /** `folder` holds the store; what is built there is found again by the next run. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    const places = ['--root', join(folder, 'images'), '--runroot', join(folder, 'run')];
    this.#globals = ['--storage-driver', 'vfs', ...places];
  }

  run(args: readonly string[], options: CommandOptions = {}): Promise<string> {
    return command('buildah', [...this.#globals, ...args], {
      ...options,
      environment: { BUILDAH_ISOLATION: 'chroot' },
    });
  }

  async has(tag: string): Promise<boolean> {
    return (await this.run(['images', '--quiet', tag]).catch(() => '')) !== '';
  }

  /** Builds the Dockerfile as it stands. Nothing is pulled: what it builds on must be here. */
  async build({ context, tag, atSeconds, revision, npmCache, onStep }: Build): Promise<void> {
    mkdirSync(npmCache, { recursive: true });
    const what = ['--timestamp', String(atSeconds), '--build-arg', `REVISION=${revision}`, '--tag', tag];
    // In OCI's own format a health check gets lost.
    const how = ['--pull-never', '--no-cache', '--format', 'docker', '--volume', `${npmCache}:/root/.npm`];
    await this.run(['build', ...how, ...what, context], {
      onLine: (line) => {
        if (/^(\[.*\] )?STEP /.test(line)) onStep(line);
      },
    });
  }

  /** Writes an image as files: manifest.json, and by their digests its configuration and its layers. */
  async unpack(tag: string, folder: string): Promise<void> {
    await this.run(['push', '--disable-compression', tag, `dir:${folder}`]);
  }

  /** Removes everything but one image: what runs left that were killed, and bases of another time. */
  async keepOnly(tag: string): Promise<void> {
    await this.run(['rm', '--all']);
    const listed = await this.run(['images', '--all', '--no-trunc', '--format', '{{.ID}} {{.Name}}:{{.Tag}}']);
    const images = listed.split('\n').map((line) => line.split(/ +/));
    const [kept] = images.find(([, name]) => name === tag) ?? [];
    if (kept === undefined) throw new Error(`there is no image ${tag}`);
    const others = new Set(images.map(([id = '']) => id).filter((id) => id !== '' && id !== kept));
    for (const id of others) await this.run(['rmi', '--force', id]);
  }

  async remove(tag: string): Promise<void> {
    await this.run(['rmi', '--force', tag]);
  }
}
