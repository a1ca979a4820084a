/** compose.yaml and what it mounts: held against the Compose specification, against each other, and against the program. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { removeFolder } from '../../support/folders.js';
import { toolIsHere } from '../../support/tools.js';
import { parse } from 'yaml';
import { prometheusIsHere } from '../../support/prometheus.js';
import { dockerfile } from '../../support/dockerfile.js';

interface Service {
  readonly image: string;
  readonly user: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly secrets?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
  readonly mem_limit: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const yaml = (path: string): unknown => parse(readFileSync(join(ROOT, path), 'utf8'), { merge: true });
const COMPOSE = yaml('compose.yaml') as Compose;
const SERVICES = Object.entries(COMPOSE.services);
const MONITOR = COMPOSE.services['ocs-monitor'];
const SCHEMA = join(ROOT, '../shared/schemas/compose/compose-spec.json');

function specification(): Record<string, unknown> | null {
  if (existsSync(SCHEMA)) return JSON.parse(readFileSync(SCHEMA, 'utf8')) as Record<string, unknown>;
  process.stderr.write('SKIPPED: no schema of the Compose specification here\n');
  return null;
}

describe('compose.yaml', () => {
  const schema = specification();

  it.runIf(schema)('is what the Compose specification asks for', () => {
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    const validate = ajv.compile({ ...schema, $schema: 'http://json-schema.org/draft-07/schema#' });
    validate(COMPOSE);
    expect(validate.errors).toBeNull();
    expect(validate({ services: { a: { image: 'b', helthcheck: {} } } })).toBe(false);
  });

  it.each(SERVICES)(
    'confines %s: no root, nothing writable, no privileges, a bound on memory, a health check',
    (_, service) => {
      expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(service.security_opt).toContain('no-new-privileges:true');
      expect(service.mem_limit).toMatch(/^\d+[mg]$/);
      expect(service.healthcheck.test[0]).toBe('CMD');
    },
  );

  it.each(SERVICES)('pins the image of %s to a full version', (_, { image }) => {
    expect(image).toMatch(/^(postgres:\d+[.]\d+|[^:]+:v?\d+[.]\d+[.]\d+)$/);
  });

  it('opens nothing but the receiver to other hosts, and that only when told to', () => {
    const ports = SERVICES.flatMap(([, service]) => service.ports);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([
      '${OCS_MONITOR_ADDRESS:-127.0.0.1}:8080:8080',
    ]);
  });

  it('mounts only what is there, and declares every volume and secret', () => {
    const sources = SERVICES.flatMap(([, { volumes }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
    const files = sources.filter((source) => source.startsWith('./'));
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    const named = sources.filter((source) => !source.startsWith('./'));
    expect(named.toSorted()).toEqual(Object.keys(COMPOSE.volumes).toSorted());
    const secrets = new Set(SERVICES.flatMap(([, service]) => service.secrets ?? []));
    expect([...secrets].toSorted()).toEqual(Object.keys(COMPOSE.secrets).toSorted());
    for (const { volumes } of Object.values(COMPOSE.services))
      expect(volumes.filter((volume) => volume.startsWith('./') && !volume.endsWith(':ro'))).toEqual([]);
  });

  it('hands secrets over as files only', () => {
    for (const [, service] of SERVICES) {
      for (const [name, value] of Object.entries(service.environment ?? {})) {
        if (!/TOKEN|PASSWORD/.test(name)) continue;
        expect(name).toMatch(/_FILE$/);
        expect(service.secrets).toContain(/\/run\/secrets\/(\w+)/.exec(value)?.[1]);
      }
    }
  });

  it('runs the image as the Dockerfile does: user, volume, port, health check', () => {
    expect(dockerfile('USER')).toEqual([MONITOR?.user]);
    expect(MONITOR?.volumes).toContain(`data:${dockerfile('VOLUME').join()}`);
    expect(MONITOR?.ports[0]?.split(':').at(-1)).toBe(dockerfile('EXPOSE').join());
    const healthcheck = /CMD (\[.*\])$/.exec(dockerfile('HEALTHCHECK').join());
    expect(MONITOR?.healthcheck.test.slice(1)).toEqual(JSON.parse(healthcheck?.[1] ?? '[]'));
  });

  it('gives the receiver more time to end than it takes to drain', () => {
    const drainSeconds = 1.2 * 10;
    expect(Number.parseInt(MONITOR?.stop_grace_period ?? '', 10)).toBeGreaterThan(2 * drainSeconds);
  });

  it('makes the secrets that are missing and leaves those that are there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocm-secrets-'));
    cpSync(join(ROOT, 'scripts/compose-secrets.sh'), join(folder, 'scripts/compose-secrets.sh'));
    const run = () => spawnSync('sh', ['scripts/compose-secrets.sh'], { cwd: folder }).status;
    const contents = () =>
      readdirSync(join(folder, 'secrets')).map((name) => [name, readFileSync(join(folder, 'secrets', name), 'utf8')]);
    expect(run()).toBe(0);
    const made = contents();
    expect(made.map(([name]) => `./secrets/${name ?? ''}`).toSorted()).toEqual(
      Object.values(COMPOSE.secrets)
        .map(({ file }) => file)
        .toSorted(),
    );
    expect(new Set(made.map(([, text]) => text)).size).toBe(4);
    expect(made.every(([, text]) => /^[0-9a-f]{48}\n$/.test(text ?? ''))).toBe(true);
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700);
    expect(run()).toBe(0);
    expect(contents()).toEqual(made);
    removeFolder(folder);
  });
});

describe('what compose.yaml mounts', () => {
  it('lets Prometheus scrape the receiver under the name that the alerts know', () => {
    const { scrape_configs } = yaml('grafana/compose/prometheus.yml') as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    expect(scrape_configs).toMatchObject([
      { job_name: 'ocs-monitor', static_configs: [{ targets: ['ocs-monitor:8080'] }] },
    ]);
  });

  it('lets Grafana find its sources and dashboards, which ask for no other source', () => {
    const { datasources } = yaml('grafana/provisioning/datasources/ocs.yaml') as {
      datasources: { uid: string; url: string }[];
    };
    expect(datasources.map(({ url }) => url)).toEqual(['http://prometheus:9090', 'http://ocs-monitor:8080']);
    expect(datasources.map(({ uid }) => uid)).toEqual(['prometheus', 'ocs-monitor-api']);
    const { providers } = yaml('grafana/provisioning/dashboards/ocs.yaml') as {
      providers: { options: { path: string } }[];
    };
    expect(COMPOSE.services['grafana']?.volumes).toContain(
      `./grafana/dashboards:${providers[0]?.options.path ?? ''}:ro`,
    );
    const texts = readdirSync(join(ROOT, 'grafana/dashboards')).map((file) =>
      readFileSync(join(ROOT, 'grafana/dashboards', file), 'utf8'),
    );
    expect(texts.length).toBeGreaterThan(0);
    const uids = texts.flatMap((text) =>
      [...text.matchAll(/"uid": "(prometheus|ocs-monitor-api|\$\{?datasource\}?|[a-z-]*infinity[a-z-]*)"/g)].map(
        ([, uid]) => uid,
      ),
    );
    expect(
      uids.filter((uid) => uid !== undefined && !uid.startsWith('$') && !datasources.some((one) => one.uid === uid)),
    ).toEqual([]);
  });

  it.runIf(prometheusIsHere())('is a configuration that Prometheus takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocm-compose-'));
    cpSync(join(ROOT, 'grafana/compose/prometheus.yml'), join(folder, 'prometheus.yml'));
    cpSync(join(ROOT, 'grafana/prometheus'), join(folder, 'rules'), { recursive: true });
    const { status, stdout } = spawnSync('promtool', ['check', 'config', 'prometheus.yml'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, files: /(\d+) rule files found/.exec(stdout)?.[1] }).toEqual({ status: 0, files: '5' });
    removeFolder(folder);
  });

  it('lets Alertmanager route every severity, and inhibit only alerts that there are', () => {
    const text = readFileSync(join(ROOT, 'grafana/alertmanager.yml'), 'utf8');
    const { route, receivers, inhibit_rules } = parse(text) as {
      route: { receiver: string; routes: { receiver: string }[] };
      receivers: { name: string }[];
      inhibit_rules: { source_matchers: string[] }[];
    };
    const names = receivers.map(({ name }) => name);
    expect([route, ...route.routes].filter(({ receiver }) => !names.includes(receiver))).toEqual([]);
    const rules = ['campaign-groups', 'callbacks', 'monitor']
      .map((file) => readFileSync(join(ROOT, `grafana/prometheus/${file}.rules.yaml`), 'utf8'))
      .join('');
    for (const { source_matchers } of inhibit_rules)
      expect(rules).toContain(`alert: ${source_matchers[0]?.split('"')[1] ?? ''}\n`);
  });

  it.runIf(toolIsHere('amtool', 'prometheus-alertmanager'))('is a configuration that Alertmanager takes', () => {
    expect(spawnSync('amtool', ['check-config', 'grafana/alertmanager.yml'], { cwd: ROOT }).status).toBe(0);
  });
});
