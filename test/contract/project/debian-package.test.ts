/** What the Debian package says and has, as far as nothing is built: `npm run test:deb` builds and installs it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianVersion, nodeDependency } from '../../../scripts/deb/control.js';
import { copyrightFile } from '../../../scripts/deb/copyright.js';
import { RUNTIMES } from '../../../scripts/deb/drivers.js';
import { commandsIn, type Help, manPage, verbatimIn } from '../../../scripts/deb/man-page.js';
import { programHelp } from '../../../scripts/deb/program-help.js';
import { packagedUnit } from '../../../scripts/deb/service-unit.js';
import { importedPackages, loadedPackages, type LockFile } from '../../../scripts/deb/shipped-packages.js';
import { licensedPackages } from '../../../scripts/deb/tree.js';
import { removeFolder } from '../../support/folders.js';
import { toolIsHere } from '../../support/tools.js';

const HOME = '/usr/lib/ocs-campaign-monitor';
const read = (path: string) => readFileSync(path, 'utf8');
const lock = JSON.parse(read('package-lock.json')) as LockFile;

describe('the manual page', () => {
  let help: Help;
  let page: string;
  beforeAll(async () => {
    help = await programHelp();
    page = manPage({ ...help, atMs: Date.UTC(2026, 10, 30), files: [['/etc/x.env', 'Settings.']] });
  });

  it('has every command of the program', () => {
    const listed = Array.from(
      read('src/cli/run.ts').matchAll(/^ {2}'?([a-z-]+)'?: \{\n {4}summary: /gm),
      ([, name]) => name,
    );
    expect(listed.length).toBeGreaterThan(15);
    expect(help.commands.map(({ name }) => name)).toEqual(listed);
    expect(commandsIn(help.program)).toEqual(listed);
  });

  it('says word for word what the program says of itself', () => {
    const said = [help.program, ...help.commands.map(({ text }) => text)].map((text) => `${text.trimEnd()}\n`);
    expect(verbatimIn(page)).toBe(said.join(''));
  });

  it('has no line that is taken for a request', () => {
    const requests = new Set(Array.from(page.matchAll(/^[.'](\S*)/gm), ([, name]) => name));
    expect([...requests].sort()).toEqual(['B', 'I', 'SH', 'SS', 'TH', 'TP', 'fi', 'nf']);
  });
});

describe('the version', () => {
  it.each([
    ['1.2.3', '1', '1.2.3-1'],
    ['1.2.3-rc.1', '1', '1.2.3~rc.1-1'],
    ['1.2.3-rc-2', '1~site', '1.2.3~rc.2-1~site'],
  ])('%s, revision %s, is %s to Debian', (version, revision, wanted) => {
    expect(debianVersion(version, revision)).toBe(wanted);
  });

  it('refuses a revision that would look like a part of the version', () => {
    expect(() => debianVersion('1.0.0', '1-2')).toThrow('letters, digits');
  });
});

describe('the Node that is asked for', () => {
  it('is one of those that there is a driver for', () => {
    expect(nodeDependency(RUNTIMES)).toBe(
      'nodejs (>= 20.19), nodejs (<< 21) | nodejs (>= 22), nodejs (<< 23) | nodejs (>= 24), nodejs (<< 25)',
    );
  });

  it('has no gap where majors follow each other', () => {
    const [first, second] = [
      { major: 24, abi: 1, compiledBy: '' },
      { major: 25, abi: 2, compiledBy: '' },
    ];
    expect(nodeDependency([first, second])).toBe('nodejs (>= 24), nodejs (<< 26)');
  });

  it('is not older than what the program needs', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(`>=${RUNTIMES[0]?.from ?? ''}`).toBe(engines.node);
  });
});

describe('npm packages', () => {
  it('are those that the project loads, without what only installs them or tests', () => {
    const names = loadedPackages(lock).map(({ name }) => name);
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
      string,
      Record<string, string>
    >;
    expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies ?? {})));
    expect(names).toContain('bindings');
    expect(names.filter((name) => ['prebuild-install', 'node-abi', 'tar-fs'].includes(name))).toEqual([]);
    expect(names.filter((name) => devDependencies?.[name] !== undefined)).toEqual([]);
  });

  it('are found where Node finds them', () => {
    const nested: LockFile = {
      packages: {
        '': { version: '1', dependencies: { a: '1', b: '1' } },
        'node_modules/a': { version: '1', dependencies: { b: '2' } },
        'node_modules/a/node_modules/b': { version: '2', dependencies: { c: '1' } },
        'node_modules/b': { version: '1' },
        'node_modules/c': { version: '1', license: 'MIT' },
      },
    };
    expect(loadedPackages(nested).map(({ path, version }) => `${path} ${version}`)).toEqual([
      'node_modules/a 1',
      'node_modules/a/node_modules/b 2',
      'node_modules/b 1',
      'node_modules/c 1',
    ]);
  });

  it('that the lock file lacks are a fault', () => {
    expect(() => loadedPackages({ packages: { '': { version: '1', dependencies: { a: '1' } } } })).toThrow(
      'package-lock.json has no a for the project',
    );
  });

  it('of sources are named by their imports', () => {
    const source = `import { h } from 'preact';\nimport x from '@a/b/c.js';\nimport './own.js';\nimport { useState,\n  useRef } from 'preact/hooks';\n`;
    expect(importedPackages([source])).toEqual(['@a/b', 'preact']);
  });
});

describe('the copyright file', () => {
  const packages = licensedPackages('.');
  const text = copyrightFile(HOME.slice(1), packages);
  const paragraphs = text.split('\n\n');
  const field = (name: string) => paragraphs.flatMap((one) => new RegExp(`^${name}: (.*)$`, 'm').exec(one)?.[1] ?? []);

  it('has a paragraph for each package, and for what the page is bundled from', () => {
    const loaded = loadedPackages(lock).filter(({ path }) => existsSync(path));
    const folders = [...loaded.map(({ path }) => path), 'dist/page/assets'];
    expect(field('Files')).toEqual(['*', ...folders.map((folder) => `${HOME.slice(1)}/${folder}/*`)]);
    expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['preact', 'uplot', 'swagger-ui-dist']));
  });

  it('has the text of every licence that it names, once', () => {
    const named = new Set(field('License').flatMap((licenses) => licenses.split(' and ')));
    const told = paragraphs.filter((one) => one.startsWith('License: ')).map((one) => /^License: (.*)/.exec(one)?.[1]);
    expect(new Set(told).size).toBe(told.length);
    expect(new Set(told)).toEqual(named);
  });

  it('names a holder of each, and no words of a licence as one', () => {
    const stanzas = paragraphs.filter((one) => one.startsWith('Files: '));
    expect(stanzas.filter((one) => !/^Copyright: \S/m.test(one))).toEqual([]);
    expect(stanzas.join('\n')).not.toMatch(/^(?:Copyright:)? (?:[(©]|c\)|license to|copyright)/im);
  });
});

describe('the unit of the package', () => {
  const unit = packagedUnit(read('deploy/systemd/ocs-monitor.service'), HOME);

  it('runs the program of the package as a user that stays', () => {
    expect(unit).toContain(`ExecStart=/usr/bin/node ${HOME}/dist/main.js serve\n`);
    expect(unit).toContain('User=ocs-monitor\nGroup=ocs-monitor\n');
    expect(unit).not.toContain('DynamicUser');
    expect(read('deploy/debian/sysusers.conf')).toMatch(/^u ocs-monitor /);
  });

  it('sets for the service what the command of the package finds', () => {
    const settings = /^Environment=(.*)$/m.exec(unit)?.[1]?.split(' ');
    const lines = read('deploy/debian/packaged.env').split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual(settings);
  });

  it('is made of a unit that says what is replaced', () => {
    expect(() => packagedUnit('[Unit]\n', HOME)).toThrow('the unit should say');
  });

  describe.skipIf(!toolIsHere('systemd-analyze', 'systemd'))('to systemd', () => {
    let file: string;
    beforeAll(() => {
      file = join(mkdtempSync(join(tmpdir(), 'ocm-unit-')), 'ocs-monitor.service');
      writeFileSync(file, unit);
    });
    afterAll(() => {
      removeFolder(join(file, '..'));
    });

    it('exposes the service to 3.0 at most', () => {
      const args = ['security', '--offline=true', '--threshold=30', file];
      expect(spawnSync('systemd-analyze', args, { encoding: 'utf8' }).status).toBe(0);
    });
  });
});

describe('what stands in deploy/debian', () => {
  const scripts = ['postinst', 'prerm', 'postrm', 'ocs-monitor'];

  it('are scripts that a shell understands and may run', () => {
    for (const name of scripts) {
      const path = `deploy/debian/${name}`;
      expect([name, spawnSync('sh', ['-n', path]).status, statSync(path).mode & 0o777]).toEqual([name, 0, 0o755]);
    }
  });

  it('are settings without a value, and no tokens', () => {
    const set = read('deploy/debian/ocs-monitor.env')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(set).toEqual([]);
  });

  it('are overrides of lintian with a reason each', () => {
    const lines = read('deploy/debian/lintian-overrides').trim().split('\n');
    for (const [at, line] of lines.entries())
      expect(line).toMatch(at % 2 === 0 ? /^# / : /^ocs-campaign-monitor: [a-z-]+ /);
  });

  it('name every unit there is', () => {
    const units = readdirSync('deploy/systemd').sort();
    const named = /units='(.*)'/.exec(read('deploy/debian/postrm'))?.[1]?.split(' ');
    expect(named?.sort()).toEqual(units);
    for (const unit of units) expect(read('deploy/debian/prerm')).toContain(unit);
  });
});
