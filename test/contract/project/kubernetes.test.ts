/** deploy/kubernetes as a cluster gets it: held against the models of the API, against itself, and against the program. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { parseDurationMs } from '../../../src/domain/duration.js';
import { ANSWERED_WITHIN_MS } from '../../../src/service/finishing.js';
import { version } from '../../../src/node/version.js';
import { dockerfile } from '../../support/dockerfile.js';
import { removeFolder } from '../../support/folders.js';
import { faultsOfModels } from '../../support/kubernetes-models.js';
import { type Container, Deployed, type PolicyRule } from '../../support/deployed.js';
import { everyIn, type KubernetesObject, kustomized } from '../../support/kustomize.js';
import { environmentOf } from '../../support/pods.js';
import { ran } from '../../support/ran.js';
import { RULE_FILES, RULES, RULES_FOLDER } from '../../support/rules.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const folderOf = (overlay: string) => join(ROOT, 'deploy/kubernetes/overlays', overlay);
const OVERLAYS = ['sqlite', 'postgres'].map((name) => [name, new Deployed(kustomized(folderOf(name)))] as const);
const [sqlite, postgres] = OVERLAYS.map(([, deployed]) => deployed) as [Deployed, Deployed];
const SECONDS = 1000;

describe.each(OVERLAYS)('deploy/kubernetes/overlays/%s', (name, deployed) => {
  const { pod, container, settings } = deployed;

  it('is named once, lies in one namespace, and holds no secret', () => {
    const names = deployed.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    const outside = deployed.objects.filter(
      ({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'ocs-monitor',
    );
    expect(outside).toEqual([]);
    expect(names.filter((one) => one.startsWith('Secret'))).toEqual([]);
    expect(Object.keys(settings).filter((one) => /(TOKENS|PASSWORD|KEY)$/.test(one))).toEqual([]);
    expect(settings['OCM_STORE']).not.toMatch(/:[^/]*@/);
  });

  it('runs the image as the Dockerfile does: tag, user, volume, port', () => {
    expect(container.image).toBe(`ocs-campaign-monitor:${version}`);
    const { runAsUser, runAsGroup } = pod.securityContext;
    expect([`${String(runAsUser)}:${String(runAsGroup)}`]).toEqual(dockerfile('USER'));
    expect(dockerfile('VOLUME')).toEqual([deployed.mountOf('state')]);
    expect(deployed.portOf('ingest')).toBe(Number(dockerfile('EXPOSE').join()));
    expect(String(deployed.portOf('read'))).toBe(settings['OCM_READ_PORT']);
  });

  it('keeps to the strictest Pod Security Standard', () => {
    expect(deployed.one('Namespace').metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, fsGroup: 10001, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.volumes.flatMap((volume) => Object.keys(volume)).filter((key) => key !== 'name')).toEqual([
      'secret',
      'emptyDir',
    ]);
    expect(container.resources.limits).toHaveProperty('memory');
  });

  it('selects by labels that its pods have, and asks for ports that they name', () => {
    const selectors = [...deployed.all('Service').map(({ spec }) => (spec as { selector: object }).selector)];
    for (const object of deployed.objects.filter(({ kind }) => kind !== 'ServiceMonitor'))
      for (const within of everyIn(object['spec']))
        for (const field of ['selector', 'podSelector', 'labelSelector']) {
          const { matchLabels } = (within[field] ?? {}) as { matchLabels?: object };
          // Whose pods others are is not for us to say.
          if (matchLabels !== undefined && within['namespaceSelector'] === undefined) selectors.push(matchLabels);
        }
    expect(selectors.length).toBeGreaterThan(5);
    for (const selector of selectors) expect(deployed.podLabels).toMatchObject(selector);
    const asked = [
      ...deployed.services.flatMap(({ ports }) => ports.map(({ targetPort }) => targetPort)),
      ...probesOf(container).map(({ httpGet }) => httpGet.port),
      ...deployed.ingress().flatMap(({ ports }) => ports.map(({ port }) => port)),
    ];
    expect(asked.filter((port) => deployed.portOf(port) === undefined)).toEqual([]);
    const governing = deployed.services.find(({ name: one }) => one === deployed.set.serviceName);
    expect(governing).toMatchObject({ clusterIP: 'None' });
  });

  it('asks the port that takes posts: kubelet needs no token there', () => {
    expect(probesOf(container).map(({ httpGet }) => `${httpGet.port} ${httpGet.path}`)).toEqual([
      'ingest /healthz',
      'ingest /readyz',
      'ingest /healthz',
    ]);
  });

  it('says only settings that the program has, and secrets that are mounted: `check-config` starts with them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocm-kubernetes-'));
    const mounted = deployed.secretFiles();
    for (const file of mounted) {
      mkdirSync(join(folder, file, '..'), { recursive: true });
      writeFileSync(join(folder, file), 'a-secret-of-the-test');
    }
    const files = Object.entries(settings).filter(([one]) => one.endsWith('_FILE'));
    expect(files.map(([, file]) => file).toSorted()).toEqual(mounted.toSorted());
    // Nobody listens there.
    const elsewhere = (value: string) =>
      value.replace('postgres.example:5432', '127.0.0.1:1').replace('/data', `${folder}/data`);
    const environment = Object.entries(environmentOf(deployed)).map(([one, value]): [string, string] => [
      one,
      one.endsWith('_FILE') ? join(folder, value) : elsewhere(value),
    ]);
    const { status, out, err } = await ran(['check-config', '--json'], '', Object.fromEntries(environment));
    const said = new Map(
      (JSON.parse(out) as { variable: string; origin: string }[]).map((row) => [row.variable, row.origin]),
    );
    expect(Object.keys(settings).filter((one) => said.get(one) !== one)).toEqual([]);
    expect(err.split('\n').filter((line) => line !== '' && !line.startsWith('database: '))).toEqual([]);
    expect(status).toBe(name === 'sqlite' ? 0 : 1);
    removeFolder(folder);
  });

  it('keeps what it acknowledges on a volume that outlives the pod, with room for it', () => {
    const state = deployed.mountOf('state');
    expect(pod.volumes.map((volume) => volume.name)).not.toContain('state');
    const { OCM_STORE = '', OCM_STATE_FOLDER = '' } = environmentOf(deployed);
    expect(name === 'sqlite' ? OCM_STORE : OCM_STATE_FOLDER).toMatch(new RegExp(`^(sqlite:)?${state}(/|$)`));
    expect(deployed.set.persistentVolumeClaimRetentionPolicy).toEqual({ whenScaled: 'Retain', whenDeleted: 'Retain' });
    const roomGib = Number.parseInt(deployed.storage, 10);
    expect(deployed.storage).toMatch(/^\d+Gi$/);
    expect(roomGib).toBeGreaterThan(Number.parseInt(settings['OCM_SPOOL_LIMIT'] ?? '0gb', 10));
  });

  it('has more time to end than the wait before, the drain and slow answers take', () => {
    const drainMs = parseDurationMs(settings['OCM_DRAIN_TIMEOUT'] ?? '') ?? 0;
    const waitMs = container.lifecycle.preStop.sleep.seconds * SECONDS;
    expect(pod.terminationGracePeriodSeconds * SECONDS).toBeGreaterThanOrEqual(waitMs + drainMs + ANSWERED_WITHIN_MS);
    expect(drainMs).toBeGreaterThan(1.2 * 30 * SECONDS);
    // Endpoints of a pod that goes are gone within a second or two as a rule.
    expect(waitMs).toBeGreaterThanOrEqual(5 * SECONDS);
  });

  it('lets Prometheus scrape both pages of each receiver, by names and with a token that there are', () => {
    const { selector, endpoints } = deployed.monitor;
    const found = deployed.services.filter(({ labels }) => includes(labels, selector.matchLabels));
    expect(found.map((one) => one.name)).toEqual(['ocs-monitor']);
    expect(endpoints.map(({ path, job }) => [path, job])).toEqual([
      ['/metrics', 'ocs-monitor'],
      ['/metrics/domain', 'ocs-campaigns'],
    ]);
    const secret = pod.volumes.find((volume) => volume.name === 'secrets')?.secret;
    for (const { port, credentials } of endpoints) {
      expect(credentials.name).toBe(secret?.secretName);
      expect(settings['OCM_READ_TOKENS_FILE']).toBe(`${deployed.mountOf('secrets')}/${credentials.key}`);
      const target = found[0]?.ports.find((one) => one.name === port)?.targetPort;
      const admitted = deployed.ingress().filter((rule) => rule.ports.some((one) => one.port === target));
      expect(admitted.some(({ from }) => isOf(from, 'monitoring'))).toBe(true);
    }
    expect(settings['OCM_METRICS_AUTH']).toBe('true');
    const alerted = new Set(
      RULES.flatMap(({ expr }) => [...expr.matchAll(/job=~?"([^"]+)"/g)].flatMap(([, jobs]) => jobs?.split('|') ?? [])),
    );
    expect(endpoints.map(({ job }) => job).toSorted()).toEqual([...alerted].toSorted());
  });

  it('takes posts from addresses that are said alone, and opens nothing to everybody', () => {
    const rules = deployed.ingress();
    expect(rules.filter(({ from }) => (from ?? []).length === 0)).toEqual([]);
    const posting = rules.filter(({ ports }) => ports.some(({ port }) => port === 'ingest'));
    expect(posting.flatMap(({ from }) => from ?? []).flatMap((peer) => Object.keys(peer))).toEqual(['ipBlock']);
    expect(JSON.stringify(rules)).not.toContain('0.0.0.0/0');
  });

  it('brings the rules that ship, all of them, and small enough for one object', () => {
    const groups = RULE_FILES.toSorted().flatMap(
      (file) => (parse(readFileSync(new URL(file, RULES_FOLDER), 'utf8')) as { groups: object[] }).groups,
    );
    const rule = deployed.one('PrometheusRule');
    expect(rule['spec']).toEqual({ groups });
    expect(groups.length).toBeGreaterThan(5);
    // Beyond it `kubectl apply` cannot note what it applied.
    expect(JSON.stringify(rule).length).toBeLessThan(262_144);
  });
});

describe('with SQLite', () => {
  it('there is one receiver, which reaches nobody', () => {
    expect(sqlite.set.replicas).toBe(1);
    expect(sqlite.all('PodDisruptionBudget')).toEqual([]);
    expect(sqlite.egress()).toEqual([]);
  });

  it('a post waits for a start: there is no other receiver', () => {
    expect(sqlite.services.find(({ name }) => name === 'ocs-monitor-ingest')).toMatchObject({
      publishNotReadyAddresses: true,
    });
  });
});

describe('on PostgreSQL', () => {
  it('there are receivers on several machines, of which one at a time may be taken away', () => {
    const { maxUnavailable } = postgres.one('PodDisruptionBudget')['spec'] as { maxUnavailable: number };
    expect(postgres.set.replicas).toBeGreaterThan(1);
    expect(maxUnavailable).toBe(1);
    expect(postgres.pod.topologySpreadConstraints).toContainEqual(
      expect.objectContaining({ topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule' }),
    );
  });

  it('they reach the database, DNS, and nothing else', () => {
    const port = Number(/:(\d+)\//.exec(postgres.settings['OCM_STORE'] ?? '')?.[1]);
    expect(postgres.egress().flatMap(({ ports }) => ports.map((one) => [one.port, one.protocol ?? 'TCP']))).toEqual([
      [port, 'TCP'],
      [53, 'UDP'],
      [53, 'TCP'],
    ]);
  });

  it('a receiver that cannot take posts is sent none', () => {
    const ingest = postgres.services.find(({ name }) => name === 'ocs-monitor-ingest');
    expect(ingest?.publishNotReadyAddresses ?? false).toBe(false);
  });
});

/** The example of the documents, as somebody has it beside a clone. */
function ownOverlay(): Deployed {
  const text = readFileSync(join(ROOT, 'docs/kubernetes.md'), 'utf8');
  const [, example = ''] = /```yaml\n(# kustomization\.yaml\n.*?)```/s.exec(text) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'ocm-overlay-'));
  symlinkSync(ROOT, join(folder, 'ocs-campaign-monitor'));
  writeFileSync(join(folder, 'kustomization.yaml'), example);
  const own = new Deployed(kustomized(folder));
  removeFolder(folder);
  return own;
}

describe('all overlays', () => {
  const own = ownOverlay();

  // The compiler takes seconds, so once for all.
  it('are what the API and the operator know, down to each field; what they do not know would be found', () => {
    const good = [...OVERLAYS.flatMap(([, { objects }]) => objects), ...own.objects];
    const set = structuredClone(sqlite.one('StatefulSet'));
    Object.assign(set['spec'] as object, { minimumReadySeconds: 5 });
    const budget = structuredClone(postgres.one('PodDisruptionBudget'));
    Object.assign(budget['spec'] as object, { selector: 'all' });
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } };
    expect(faultsOfModels([...good, set, budget, pod])).toEqual([
      expect.stringContaining('policy/v1 PodDisruptionBudget ocs-monitor: Error: data/spec/selector must be object'),
      'v1 Pod a: there is no model of it here',
      expect.stringContaining(`apps/v1 StatefulSet ocs-monitor: Object literal may only specify known properties`),
      expect.stringContaining('policy/v1 PodDisruptionBudget ocs-monitor: Type'),
    ]);
  });

  it('of your own are as docs/kubernetes.md shows it', () => {
    expect(own.container.image).toMatch(/^registry\.example\/.+:\d/);
    expect(own.settings['OCM_STORE']).toContain('db-1.example:5432,db-2.example:5432');
    expect(JSON.stringify([...own.ingress(), ...own.egress()])).not.toMatch(/192\.0\.2\.0|198\.51\.100\.0/);
  });
});

describe('the ServiceMonitor', () => {
  it('leaves out of a page what grafana/prometheus/scrape.yml leaves out', () => {
    const scrape = parse(readFileSync(join(ROOT, 'grafana/prometheus/scrape.yml'), 'utf8')) as {
      scrape_configs: { metric_relabel_configs: { source_labels: string[]; regex: string; action: string }[] }[];
    };
    const dropped = scrape.scrape_configs[0]?.metric_relabel_configs.map(({ source_labels, ...rest }) => ({
      sourceLabels: source_labels,
      ...rest,
    }));
    const { endpoints } = sqlite.one('ServiceMonitor')['spec'] as {
      endpoints: { path: string; metricRelabelings?: unknown }[];
    };
    const own = endpoints.find(({ path }) => path === '/metrics');
    expect(dropped).toHaveLength(1);
    expect(own?.metricRelabelings).toEqual(dropped);
  });
});

describe('what these tests render and find', () => {
  it.runIf(kustomizeIsHere())('is to the letter what kustomize makes of it', () => {
    for (const [name, { objects }] of OVERLAYS) {
      const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', folderOf(name)], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const theirs = parseAllDocuments(stdout).map((document) => document.toJS() as KubernetesObject);
      expect(byName(theirs)).toEqual(byName(objects));
    }
  });

  it('refuses what is in another part of kustomize', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ocm-kustomize-'));
    const render = (text: string) => {
      writeFileSync(join(folder, 'kustomization.yaml'), text);
      return () => kustomized(folder);
    };
    expect(render('resources: []\nnamePrefix: a-\n')).toThrow('namePrefix');
    expect(render('resources: []\nconfigMapGenerator: [{ name: a, literals: [], files: [b] }]\n')).toThrow('files');
    expect(render('resources: []\npatches: [{ target: { kind: Pod, name: a }, patch: "[]" }]\n')).toThrow('no Pod a');
    removeFolder(folder);
  });
});

function probesOf({ startupProbe, readinessProbe, livenessProbe }: Container) {
  return [startupProbe, readinessProbe, livenessProbe];
}

function includes(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

function isOf(from: PolicyRule['from'], namespace: string): boolean {
  return JSON.stringify(from).includes(`"kubernetes.io/metadata.name":"${namespace}"`);
}

function byName(objects: readonly KubernetesObject[]): Record<string, KubernetesObject> {
  return Object.fromEntries(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}

/** Whether there is a kubectl with kustomize 5: that of Debian 12 is older, so CI may have none. */
function kustomizeIsHere(): boolean {
  const { stdout } = spawnSync('kubectl', ['version', '--client', '--output=json'], { encoding: 'utf8' });
  const isHere = /"kustomizeVersion": *"v([5-9]|\d\d)\./.test(stdout);
  if (!isHere) process.stderr.write('SKIPPED: no kubectl with kustomize 5 here\n');
  return isHere;
}
