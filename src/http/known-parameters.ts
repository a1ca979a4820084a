/** Which methods and parameters each path takes: what its document says. */
import type { RequestHandler } from 'express';
import { MonitorError } from '../domain/errors.js';
import { ProblemError } from './problem.js';

const ROOT = '/api/v1';
/** Members of a path in the document that are methods. */
const METHODS: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch', 'delete']);

interface Documented {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly parameters?: readonly unknown[] }>>>>;
  readonly components: {
    readonly parameters: Readonly<Record<string, { readonly in: string; readonly name: string }>>;
  };
}

interface Route {
  readonly path: RegExp;
  readonly parameters: ReadonlyMap<string, readonly string[]>;
}

/**
 * Refuses methods that a path does not take, and parameters: a slip would be passed over, and the answer only look
 * filtered.
 */
export function refuseUndocumented(document: object): RequestHandler {
  const routes = routesOf(document as Documented);
  return (request, _response, next) => {
    const route = routes.find(({ path }) => path.test(request.path));
    if (route !== undefined) {
      const known = route.parameters.get(request.method === 'HEAD' ? 'GET' : request.method);
      if (known === undefined) throw methodNotAllowed([...route.parameters.keys()]);
      refuseUnknown(Object.keys(request.query), known);
    }
    next();
  };
}

/** The refusal of a method at a path that takes others. */
export function methodNotAllowed(methods: readonly string[]): ProblemError {
  const allowed = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return new ProblemError({
    status: 405,
    type: 'method-not-allowed',
    title: 'This address does not take that method',
    detail: `It takes ${allowed}.`,
    headers: { Allow: allowed },
  });
}

function refuseUnknown(names: readonly string[], known: readonly string[]): void {
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const taken = known.length === 0 ? 'this takes none' : `this takes ${known.join(', ')}`;
  throw new MonitorError('OCM_BAD_PARAMETER', `${unknown.join(', ')} should be left out: ${taken}`);
}

/** Those with a name in their path come last: /callbacks/summary is no callback. */
function routesOf({ paths, components }: Documented): readonly Route[] {
  const templates = Object.keys(paths).filter((template) => template.startsWith(`${ROOT}/`));
  const isNamed = (template: string) => Number(template.includes('{'));
  return templates
    .sort((a, b) => isNamed(a) - isNamed(b))
    .map((template) => {
      const operations = Object.entries(paths[template] ?? {}).filter(([method]) => METHODS.has(method));
      const parameters = operations.map(([method, operation]) => {
        const all = (operation.parameters ?? []).map((parameter) => components.parameters[nameOf(parameter)]);
        return [method.toUpperCase(), all.flatMap((one) => (one?.in === 'query' ? [one.name] : []))] as const;
      });
      const path = new RegExp(
        `^${template
          .slice(ROOT.length)
          .replace(/\./g, '\\.')
          .replace(/\{\w+\}/g, '[^/]+')}/?$`,
        'i',
      );
      return { path, parameters: new Map(parameters) };
    });
}

function nameOf(reference: unknown): string {
  return String((reference as { $ref: string }).$ref.split('/').at(-1));
}
