/** Makes the package: lays out a clean build, describes it, and has dpkg-deb pack it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { architectureOf, controlFile, debianVersion, PACKAGE } from './control.js';
import { driverPath, RUNTIMES } from './drivers.js';
import { LaidOut } from './laid-out.js';
import { programHelp } from './program-help.js';
import { HOME, layDocuments, layProgram, laySystem, SETTINGS } from './tree.js';

export interface PackageOptions {
  readonly root: string;
  /** The folder of the packages. */
  readonly out: string;
  /** One package for each: nothing but the version differs. */
  readonly revisions: readonly string[];
  readonly maintainer: string;
  readonly atMs: number;
}

const SCRIPTS = ['postinst', 'prerm', 'postrm'] as const;
const OWN_MODES: ReadonlySet<string> = new Set(['usr/bin/ocs-monitor', `${HOME}/dist/main.js`, SETTINGS]);
const CONTROL_FOLDER = 'DEBIAN';

/** The paths of what was made. */
export async function buildPackages({ root, out, revisions, maintainer, atMs }: PackageOptions): Promise<string[]> {
  const work = mkdtempSync(join(tmpdir(), 'ocm-deb-'));
  try {
    const tree = new LaidOut(join(work, 'tree'));
    layProgram(root, tree);
    laySystem(root, tree);
    const help = await programHelp();
    const libraries = librariesOf(
      work,
      RUNTIMES.map((runtime) => join(tree.folder, HOME, 'node_modules/better-sqlite3', driverPath(runtime))),
    );
    const architecture = architectureOf(process.arch);
    mkdirSync(out, { recursive: true });
    return revisions.map((revision) => {
      const version = debianVersion(help.version, revision);
      layDocuments(root, tree, help, { version, maintainer, atMs });
      describe(root, tree, (installedKilobytes) =>
        controlFile({ version, architecture, maintainer, installedKilobytes, libraries, runtimes: RUNTIMES }),
      );
      tree.finish(atMs, new Set([...OWN_MODES, ...SCRIPTS.map((name) => `${CONTROL_FOLDER}/${name}`)]));
      const file = resolve(out, `${PACKAGE}_${version}_${architecture}.deb`);
      pack(tree.folder, file, atMs);
      rmSync(join(tree.folder, CONTROL_FOLDER), { recursive: true });
      return file;
    });
  } finally {
    rmSync(work, { recursive: true });
  }
}

function describe(root: string, tree: LaidOut, control: (installedKilobytes: number) => string): void {
  const [sums, text] = [tree.md5sums(), control(tree.kilobytes())];
  tree.write(`${CONTROL_FOLDER}/control`, text);
  tree.write(`${CONTROL_FOLDER}/md5sums`, sums);
  tree.write(`${CONTROL_FOLDER}/conffiles`, `/${SETTINGS}\n`);
  for (const name of SCRIPTS)
    tree.write(`${CONTROL_FOLDER}/${name}`, readFileSync(join(root, 'deploy/debian', name)), 0o755);
}

/** dpkg-shlibdeps wants to stand where a source package is. */
function librariesOf(work: string, drivers: readonly string[]): string {
  mkdirSync(join(work, 'debian'));
  writeFileSync(join(work, 'debian/control'), `Source: ${PACKAGE}\n\nPackage: ${PACKAGE}\nArchitecture: any\n`);
  // A driver finds what Node exports in the Node that loads it.
  const args = ['-O', '--ignore-missing-info', ...drivers.map((driver) => `-e${driver}`)];
  const said = execFileSync('dpkg-shlibdeps', args, {
    cwd: work,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const found = /^shlibs:Depends=(.+)$/m.exec(said)?.[1];
  if (found === undefined) throw new Error(`dpkg-shlibdeps named no libraries: ${said}`);
  return found;
}

/** The same bytes from the same tree: one thread compresses, and no time but the given one is in it. */
function pack(folder: string, file: string, atMs: number): void {
  const args = ['--root-owner-group', '-Zxz', '-z6', '--threads-max=1', '--build', folder, file];
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(Math.floor(atMs / 1000)) };
  execFileSync('dpkg-deb', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
}
