/** Kubernetes objects held against the models of its API: values at run time, and by the compiler names that do not exist. */
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Service } from 'kubernetes-models/v1/Service';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { KubernetesObject } from './kustomize.js';

interface Model {
  readonly create: (data: KubernetesObject) => { validate(): void };
  readonly module: string;
}

const OPERATOR = '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
/** By apiVersion and kind: what else there is would not be looked at, and is a fault. */
const MODELS: Readonly<Record<string, Model>> = {
  'v1 ConfigMap': { create: (data) => new ConfigMap(data), module: 'kubernetes-models/v1/ConfigMap' },
  'v1 Namespace': { create: (data) => new Namespace(data), module: 'kubernetes-models/v1/Namespace' },
  'v1 Service': { create: (data) => new Service(data), module: 'kubernetes-models/v1/Service' },
  'apps/v1 StatefulSet': {
    create: (data) => new StatefulSet(data),
    module: 'kubernetes-models/apps/v1/StatefulSet',
  },
  'policy/v1 PodDisruptionBudget': {
    create: (data) => new PodDisruptionBudget(data),
    module: 'kubernetes-models/policy/v1/PodDisruptionBudget',
  },
  'networking.k8s.io/v1 NetworkPolicy': {
    create: (data) => new NetworkPolicy(data),
    module: 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy',
  },
  'monitoring.coreos.com/v1 ServiceMonitor': {
    create: (data) => new ServiceMonitor(data as never),
    module: `${OPERATOR}/ServiceMonitor`,
  },
  'monitoring.coreos.com/v1 PrometheusRule': {
    create: (data) => new PrometheusRule(data as never),
    module: `${OPERATOR}/PrometheusRule`,
  },
};

const nameOf = ({ apiVersion, kind, metadata }: KubernetesObject) => `${apiVersion} ${kind} ${metadata.name}`;
const modelOf = ({ apiVersion, kind }: KubernetesObject) => MODELS[`${apiVersion} ${kind}`];

/** What is wrong with objects, one text each; none: nothing. */
export function faultsOfModels(objects: readonly KubernetesObject[]): readonly string[] {
  return [...objects.flatMap(faultsOfValues), ...faultsOfTypes(objects.filter((object) => modelOf(object)))];
}

function faultsOfValues(object: KubernetesObject): readonly string[] {
  const model = modelOf(object);
  if (model === undefined) return [`${nameOf(object)}: there is no model of it here`];
  try {
    model.create(object).validate();
    return [];
  } catch (error) {
    return [`${nameOf(object)}: ${String(error)}`];
  }
}

/** Fields that came after the models did, by kind: of the operator's 0.66. Newer models want a newer Node. */
const NEWER: Readonly<Record<string, readonly string[]>> = { PrometheusRule: ['keep_firing_for'] };

const FILE = fileURLToPath(new URL('kubernetes-objects.ts', import.meta.url));
const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  target: ts.ScriptTarget.ES2022,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
};

/** Each object as a literal of its type in a file that exists in memory alone: a literal may have no field that its type has not. */
function faultsOfTypes(objects: readonly KubernetesObject[]): readonly string[] {
  const lines = objects.map((object, at) => {
    const type = `import('${modelOf(object)?.module ?? ''}').I${object.kind}`;
    const asKnown = (field: string, value: unknown) => (NEWER[object.kind]?.includes(field) ? undefined : value);
    return `export const object${String(at)}: ${type} = ${JSON.stringify(object, asKnown)};`;
  });
  const host = ts.createCompilerHost(OPTIONS);
  const withObjects: ts.CompilerHost = {
    ...host,
    fileExists: (name) => name === FILE || host.fileExists(name),
    getSourceFile: (name, ...more) =>
      name === FILE
        ? ts.createSourceFile(name, lines.join('\n'), ts.ScriptTarget.ES2022)
        : host.getSourceFile(name, ...more),
  };
  const program = ts.createProgram([FILE], OPTIONS, withObjects);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file?.fileName === FILE ? file.getLineAndCharacterOfPosition(start ?? 0).line : -1;
    const object = objects[line];
    return `${object ? nameOf(object) : 'models'}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
