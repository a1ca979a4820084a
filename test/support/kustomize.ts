/**
 * What `kubectl kustomize` makes of deploy/kubernetes, where there is no kubectl: the part of kustomize that is used there.
 * Whatever else stands in a kustomization is refused. Where kubectl is, a test holds both against each other.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  metadata: { name: string; namespace?: string; labels?: Readonly<Record<string, string>> };
  [field: string]: unknown;
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

interface MapGenerator {
  readonly name: string;
  readonly behavior?: 'merge';
  readonly literals: readonly string[];
}

interface Kustomization {
  readonly namespace?: string;
  readonly resources: readonly string[];
  readonly configMapGenerator?: readonly MapGenerator[];
  readonly images?: readonly { readonly name: string; readonly newName?: string; readonly newTag?: string }[];
  readonly patches?: readonly Patch[];
}

interface Patch {
  readonly target: { readonly kind: string; readonly name: string };
  readonly patch: string;
}

const KNOWN = new Set([
  'apiVersion',
  'kind',
  'namespace',
  'resources',
  'configMapGenerator',
  'images',
  'patches',
] as const satisfies readonly (keyof Kustomization | 'apiVersion' | 'kind')[]);

/** Everything that a folder with a kustomization stands for. Throws for what kustomize would do and this does not. */
export function kustomized(folder: string): readonly KubernetesObject[] {
  const objects = accumulated(folder);
  for (const generated of objects.filter(({ kind }) => kind === 'ConfigMap')) {
    const plain = generated.metadata.name;
    generated.metadata.name = `${plain}-${digestOf(generated)}`;
    for (const object of objects) renameReferences(object, plain, generated.metadata.name);
  }
  return objects;
}

function accumulated(folder: string): readonly KubernetesObject[] {
  const { namespace, resources, configMapGenerator = [], images = [], patches = [] } = read(folder);
  const objects = resources.flatMap((resource) => objectsIn(join(folder, resource)));
  for (const generator of configMapGenerator) generate(objects, generator);
  for (const one of patches) patchIn(objects, one);
  for (const image of images) for (const object of objects) renameImage(object, image);
  if (namespace !== undefined) for (const object of objects) putInto(object, namespace);
  return objects;
}

function read(folder: string): Kustomization {
  const said = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
  const unknown = Object.keys(said).filter((field) => !(KNOWN as ReadonlySet<string>).has(field));
  if (unknown.length > 0) throw new Error(`${folder}: ${unknown.join(', ')} is not in this part of kustomize`);
  return said;
}

function objectsIn(path: string): readonly KubernetesObject[] {
  if (statSync(path).isDirectory()) return accumulated(path);
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS() as KubernetesObject);
}

function generate(objects: readonly KubernetesObject[], { name, behavior, literals, ...more }: MapGenerator): void {
  if (Object.keys(more).length > 0) throw new Error(`configMapGenerator ${name}: ${Object.keys(more).join(', ')}?`);
  const data = Object.fromEntries(
    literals.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
  );
  const known = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
  if (behavior === 'merge' && known !== undefined) known['data'] = { ...(known['data'] as object), ...data };
  else if (behavior === undefined && known === undefined)
    (objects as KubernetesObject[]).push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
  else throw new Error(`configMapGenerator ${name}: behavior ${String(behavior)} does not fit`);
}

function patchIn(objects: readonly KubernetesObject[], { target, patch }: Patch): void {
  const found = objects.filter(({ kind, metadata }) => kind === target.kind && metadata.name === target.name);
  if (found.length === 0) throw new Error(`no ${target.kind} ${target.name} to patch`);
  for (const object of found) for (const one of parse(patch) as Operation[]) apply(object, one);
}

/** One step of a JSON patch (RFC 6902). */
function apply(object: KubernetesObject, { op, path, value }: Operation): void {
  if (op !== 'add' && op !== 'replace') throw new Error(`${path}: ${op} is not in this part of kustomize`);
  const steps = path
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = steps.pop() ?? '';
  let place = object as Record<string, unknown>;
  for (const step of steps) {
    const next = place[step];
    if (typeof next !== 'object' || next === null) throw new Error(`${path}: ${step} is not there`);
    place = next as Record<string, unknown>;
  }
  if (op === 'replace' && !(last in place)) throw new Error(`${path}: nothing to replace`);
  if (op === 'add' && Array.isArray(place)) place.splice(last === '-' ? place.length : Number(last), 0, value);
  else place[last] = value;
}

function renameImage(object: KubernetesObject, image: { name: string; newName?: string; newTag?: string }): void {
  for (const one of everyIn(object)) {
    if (typeof one['image'] !== 'string') continue;
    const [name, tag] = one['image'].split(/:(?=[^/]*$)/);
    if (name === image.name) one['image'] = `${image.newName ?? name}:${image.newTag ?? tag ?? ''}`;
  }
}

function renameReferences(object: KubernetesObject, from: string, to: string): void {
  for (const one of everyIn(object)) {
    const reference = one['configMapRef'] as { name: string } | undefined;
    if (reference?.name === from) reference.name = to;
  }
}

function putInto(object: KubernetesObject, namespace: string): void {
  if (object.kind === 'Namespace') object.metadata.name = namespace;
  else object.metadata.namespace = namespace;
}

/** It and all objects within. */
export function* everyIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const inner of Object.values(value)) yield* everyIn(inner);
}

/** The digest that kustomize appends to a name, of all but that name: settings that change have another one. */
function digestOf({ kind, data }: KubernetesObject): string {
  const sorted = Object.fromEntries(Object.entries(data as object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  // As Go writes JSON.
  const escaped = JSON.stringify({ data: sorted, kind, name: '' }).replace(
    /[<>&]/g,
    (one) => `\\u00${one.charCodeAt(0).toString(16)}`,
  );
  const digest = createHash('sha256').update(escaped).digest('hex').slice(0, 10);
  const letters: Readonly<Record<string, string>> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' };
  return digest.replace(/./g, (one) => letters[one] ?? one);
}
