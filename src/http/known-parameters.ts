/** Which parameters each path takes: what its document says. */
import type { RequestHandler } from 'express';
import { MonitorError } from '../domain/errors.js';

const ROOT = '/api/v1';

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

/** Refuses parameters that a path does not take: a slip would be passed over, and the answer only look filtered. */
export function refuseUnknownParameters(document: object): RequestHandler {
  const routes = routesOf(document as Documented);
  return (request, _response, next) => {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const known = routes.find(({ path }) => path.test(request.path))?.parameters.get(method);
    const unknown = known === undefined ? [] : Object.keys(request.query).filter((name) => !known.includes(name));
    if (known === undefined || unknown.length === 0) {
      next();
      return;
    }
    const taken = known.length === 0 ? 'this takes none' : `this takes ${known.join(', ')}`;
    throw new MonitorError('OCM_BAD_PARAMETER', `${unknown.join(', ')} should be left out: ${taken}`);
  };
}

/** Those with a name in their path come last: /callbacks/summary is no callback. */
function routesOf({ paths, components }: Documented): readonly Route[] {
  const templates = Object.keys(paths).filter((template) => template.startsWith(`${ROOT}/`));
  const isNamed = (template: string) => Number(template.includes('{'));
  return templates
    .sort((a, b) => isNamed(a) - isNamed(b))
    .map((template) => {
      const parameters = Object.entries(paths[template] ?? {}).map(([method, operation]) => {
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
