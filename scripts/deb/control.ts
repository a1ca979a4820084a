/** What dpkg is told of the package. */
import type { Runtime } from './drivers.js';

export const PACKAGE = 'ocs-campaign-monitor';

/** Debian's names of the architectures that Node names. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

export function architectureOf(nodeName: string): string {
  const name = ARCHITECTURES[nodeName];
  if (name === undefined) throw new Error(`no package is built for ${nodeName}: only for ${known()}`);
  return name;
}
const known = () => Object.keys(ARCHITECTURES).join(', ');

/** A version of the program as Debian sorts it: what comes before a release comes before it there, too. */
export function debianVersion(version: string, revision: string): string {
  if (!/^[a-zA-Z0-9.+~]+$/.test(revision)) throw new Error(`a revision has letters, digits and . + ~, not ${revision}`);
  return `${version.replace('-', '~').replaceAll('-', '.')}-${revision}`;
}

/** One clause for each border: of majors between those that there is a driver for, none will do. */
export function nodeDependency(runtimes: readonly Runtime[]): string {
  const [first] = runtimes;
  if (first === undefined) throw new Error('the package must run on some Node');
  const beyond = runtimes.map(({ major }, at) => {
    const next = runtimes[at + 1];
    const isOver = `nodejs (<< ${major + 1})`;
    if (next === undefined) return isOver;
    return next.major === major + 1 && next.from === undefined ? null : `${isOver} | nodejs (>= ${floorOf(next)})`;
  });
  return [`nodejs (>= ${floorOf(first)})`, ...beyond.filter((clause) => clause !== null)].join(', ');
}
const floorOf = ({ major, from }: Runtime) => from ?? String(major);

export interface Control {
  readonly version: string;
  readonly architecture: string;
  readonly maintainer: string;
  readonly installedKilobytes: number;
  /** Of the driver, as dpkg-shlibdeps names them. */
  readonly libraries: string;
  readonly runtimes: readonly Runtime[];
}

export function controlFile(control: Control): string {
  return `Package: ${PACKAGE}
Version: ${control.version}
Architecture: ${control.architecture}
Maintainer: ${control.maintainer}
Installed-Size: ${control.installedKilobytes}
Depends: ${nodeDependency(control.runtimes)}, systemd, ${control.libraries}
Suggests: prometheus
Section: net
Priority: optional
Description: monitor of Genesys Outbound campaign groups and callbacks
 Receives what Genesys Outbound Contact Server posts about its campaign groups,
 and what Callback posts about its records. Keeps every post before it answers
 it, and shows what is going on: Prometheus metrics, a JSON API, a live page.
 .
 systemd holds the socket that takes the posts, so that none is lost while the
 service is restarted or upgraded.
`;
}

interface Release {
  readonly version: string;
  readonly maintainer: string;
  readonly atMs: number;
}

/** Of this version alone: what changed in each stands in the program's own change log. */
export function debianChangelog({ version, maintainer, atMs }: Release): string {
  const date = new Date(atMs).toUTCString().replace('GMT', '+0000');
  return `${PACKAGE} (${version}) unstable; urgency=medium

  * Built from the program's sources: its changes stand in changelog.gz.

 -- ${maintainer}  ${date}
`;
}
