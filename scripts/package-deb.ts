/** npm run package:deb: a package for Debian and Ubuntu from a clean build of this tree. */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { buildPackages } from './deb/build.js';

const HELP = `npm run package:deb -- [options]

Builds ocs-campaign-monitor_VERSION_ARCH.deb from a clean build of this tree, with the SQLite driver for Node 20, 22 and 24.
The driver for another Node than the present one is compiled once and kept in \${XDG_CACHE_HOME:-~/.cache}.

  --out FOLDER        where the package goes (default data/packages)
  --revision NAME     the last part of its version (default 1); several are separated by commas
  --help

DEBFULLNAME and DEBEMAIL name its maintainer. SOURCE_DATE_EPOCH is the time of everything in it, else that of the last
commit: the same tree gives the same bytes.
`;

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'data/packages' },
    revision: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const root = new URL('..', import.meta.url).pathname;
const { DEBFULLNAME: name = 'OCS campaign monitor', DEBEMAIL: address = 'packages@ocs-campaign-monitor.invalid' } =
  process.env;

function timeOfTree(): number {
  const { SOURCE_DATE_EPOCH: said } = process.env;
  const seconds = said ?? execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' });
  if (!/^\d+\n?$/.test(seconds)) throw new Error(`SOURCE_DATE_EPOCH should be seconds since 1970, not ${seconds}`);
  return Number(seconds) * 1000;
}

if (values.help) process.stdout.write(HELP);
else {
  const made = await buildPackages({
    root,
    out: values.out,
    revisions: values.revision.split(','),
    maintainer: `${name} <${address}>`,
    atMs: timeOfTree(),
  });
  process.stdout.write(made.map((file) => `${file}\n`).join(''));
}
