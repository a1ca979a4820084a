/** What an overlay of deploy/kubernetes sets up, as its tests ask for it. */
import type { KubernetesObject } from './kustomize.js';

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

export interface Container {
  readonly image: string;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly securityContext: object;
  readonly resources: { readonly limits: object };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
  readonly topologySpreadConstraints?: readonly object[];
  readonly containers: readonly Container[];
  readonly volumes: readonly {
    readonly name: string;
    readonly secret?: { readonly secretName: string; readonly items: readonly { readonly path: string }[] };
  }[];
}

interface Set {
  readonly replicas: number;
  readonly serviceName: string;
  readonly persistentVolumeClaimRetentionPolicy: object;
  readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> }; readonly spec: Pod };
  readonly volumeClaimTemplates: readonly {
    readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
  }[];
}

interface DeployedService {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly clusterIP?: string;
  readonly publishNotReadyAddresses?: boolean;
  readonly ports: readonly { readonly name: string; readonly targetPort: string }[];
}

export interface PolicyRule {
  readonly from?: readonly object[];
  readonly ports: readonly { readonly port: string | number; readonly protocol?: string }[];
}

interface Scraped {
  readonly path: string;
  readonly port: string;
  readonly authorization: { readonly credentials: { readonly name: string; readonly key: string } };
  readonly relabelings: readonly { readonly targetLabel: string; readonly replacement: string }[];
}

export class Deployed {
  readonly objects: readonly KubernetesObject[];

  constructor(objects: readonly KubernetesObject[]) {
    this.objects = objects;
  }

  all(kind: string): readonly KubernetesObject[] {
    return this.objects.filter((object) => object.kind === kind);
  }

  /** The only one of its kind. */
  one(kind: string): KubernetesObject {
    const [object, ...more] = this.all(kind);
    if (object === undefined || more.length > 0) throw new Error(`not one ${kind}`);
    return object;
  }

  get set(): Set {
    return this.one('StatefulSet')['spec'] as Set;
  }

  get pod(): Pod {
    return this.set.template.spec;
  }

  get podLabels(): Readonly<Record<string, string>> {
    return this.set.template.metadata.labels;
  }

  get container(): Container {
    const [container, ...more] = this.pod.containers;
    if (container === undefined || more.length > 0) throw new Error('not one container');
    return container;
  }

  get settings(): Readonly<Record<string, string>> {
    return this.one('ConfigMap')['data'] as Record<string, string>;
  }

  /** What a claim asks for. */
  get storage(): string {
    return this.set.volumeClaimTemplates[0]?.spec.resources.requests.storage ?? '';
  }

  get services(): readonly DeployedService[] {
    return this.all('Service').map(({ metadata, spec }) => ({
      ...(spec as Omit<DeployedService, 'name' | 'labels'>),
      name: metadata.name,
      labels: metadata.labels ?? {},
    }));
  }

  get monitor() {
    const { selector, endpoints } = this.one('ServiceMonitor')['spec'] as {
      selector: { matchLabels: Readonly<Record<string, string>> };
      endpoints: readonly Scraped[];
    };
    const jobOf = ({ relabelings }: Scraped) =>
      relabelings.find(({ targetLabel }) => targetLabel === 'job')?.replacement;
    return {
      selector,
      endpoints: endpoints.map((one) => ({ ...one, job: jobOf(one), credentials: one.authorization.credentials })),
    };
  }

  /** By its name; undefined: the container has none. */
  portOf(name: string | number): number | undefined {
    return this.container.ports.find((port) => port.name === name)?.containerPort;
  }

  mountOf(name: string): string | undefined {
    return this.container.volumeMounts.find((mount) => mount.name === name)?.mountPath;
  }

  /** Where secrets lie in the container. */
  secretFiles(): readonly string[] {
    return this.pod.volumes.flatMap(({ name, secret }) =>
      (secret?.items ?? []).map(({ path }) => `${this.mountOf(name) ?? ''}/${path}`),
    );
  }

  /** Of all policies: they add up. */
  ingress(): readonly PolicyRule[] {
    return this.#rules('ingress');
  }

  egress(): readonly PolicyRule[] {
    return this.#rules('egress');
  }

  #rules(direction: 'ingress' | 'egress'): readonly PolicyRule[] {
    return this.all('NetworkPolicy').flatMap(
      ({ spec }) => (spec as Partial<Record<typeof direction, readonly PolicyRule[]>>)[direction] ?? [],
    );
  }
}
