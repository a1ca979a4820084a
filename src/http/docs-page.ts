/** `/docs`: the OpenAPI document as a page for people. Rendered here once, without a script, style or font from elsewhere. */
import { type Request, type Response, Router } from 'express';
import { sendTagged } from './list-answer.js';

type Node = Readonly<Record<string, unknown>>;

/** `/api/v1/openapi.json`. */
export function openApiRoutes(document: Node): Router {
  const json = JSON.stringify(document);
  const router = Router();
  router.get('/openapi.json', (request: Request, response: Response) => {
    sendTagged(request, response, json);
  });
  return router;
}

/** `/docs` and its style sheet. */
export function docsRoutes(document: Node, basePath: string): Router {
  const page = docsPage(document, basePath);
  const router = Router();
  router.get('/docs', (_request, response) => {
    response.type('html').send(page);
  });
  router.get('/docs/style.css', (_request, response) => {
    response.type('css').send(STYLE);
  });
  return router;
}

function docsPage(document: Node, basePath: string): string {
  const { info, tags, paths, components } = document as unknown as Described;
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ path, method, operation, shared: item.parameters ?? [] }] : [];
    }),
  );
  const sections = tags.map(({ name, description }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name));
    const items = own.map((one) => operationPart(one, components, basePath)).join('\n');
    return `<section><h2 id="${anchor(name)}">${escaped(name)}</h2><p>${escaped(description)}</p>\n${items}</section>`;
  });
  const named = Object.entries(components.schemas).map(
    ([name, schema]) => `<h3 id="schema-${escaped(name)}">${escaped(name)}</h3>\n${schemaPart(schema)}`,
  );
  const links = [...tags.map(({ name }) => name), 'schemas'].map(
    (name) => `<a href="#${anchor(name)}">${escaped(name)}</a>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(info.title)}: API</title>
<link rel="stylesheet" href="${escaped(basePath)}/docs/style.css">
</head>
<body>
<header><h1>${escaped(info.title)} ${escaped(info.version)}</h1><p>${escaped(info.description)}</p>
<p>For programs: <a href="${escaped(basePath)}/api/v1/openapi.json">openapi.json</a>.</p><nav>${links.join(' ')}</nav></header>
<main>
${sections.join('\n')}
<section><h2 id="schemas">schemas</h2>
${named.join('\n')}</section>
</main>
</body>
</html>
`;
}

const METHODS = ['get', 'post', 'delete'] as const;

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly description: string;
  readonly schema: Node;
}
interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Node }>>;
}
interface Operation {
  readonly tags: readonly string[];
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content & { readonly $ref?: string; readonly description?: string }>>;
}
interface Components {
  readonly schemas: Readonly<Record<string, Node>>;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}
interface Described {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Partial<Record<(typeof METHODS)[number], Operation>>> & { readonly parameters?: readonly Parameter[] }
    >
  >;
  readonly components: Components;
}

interface Placed {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
  readonly shared: readonly Parameter[];
}

function operationPart({ path, method, operation, shared }: Placed, components: Components, basePath: string): string {
  const parameters = [...shared, ...(operation.parameters ?? [])].map((one) =>
    one.$ref === undefined ? one : (components.parameters[lastPart(one.$ref)] ?? one),
  );
  const rows = parameters.map(({ name, in: place, description, schema }) => [
    `<code>${escaped(name)}</code>`,
    escaped(place),
    `${escaped(description)} ${typeOf(schema)}`,
  ]);
  const answers = Object.entries(operation.responses).map(([status, { $ref, description, content = {} }]) => {
    const said = $ref === undefined ? description : components.responses[lastPart($ref)]?.description;
    const types = Object.entries(content).map(
      ([type, { schema }]) => `<code>${escaped(type)}</code> ${typeOf(schema)}`,
    );
    return [escaped(status), escaped(said ?? ''), types.join('<br>')];
  });
  const body = Object.entries(operation.requestBody?.content ?? {}).map(
    ([type, { schema }]) => `<code>${escaped(type)}</code> ${typeOf(schema)}`,
  );
  const isTried = method === 'get' && !path.includes('{') && !path.endsWith('/stream');
  const name = `<code>${method.toUpperCase()} ${escaped(path)}</code>`;
  return `<details id="${escaped(operation.operationId)}"><summary>${name} ${escaped(operation.summary)}</summary>
${operation.description === undefined ? '' : `<p>${escaped(operation.description)}</p>`}
${isTried ? `<p><a href="${escaped(basePath + path)}">Try it</a></p>` : ''}
${rows.length === 0 ? '' : table(['Parameter', 'In', 'Meaning'], rows)}
${body.length === 0 ? '' : `<p>Body: ${body.join(', or ')}</p>`}
${table(['Status', 'Meaning', 'Content'], answers)}
</details>`;
}

function schemaPart(schema: Node): string {
  const {
    description,
    properties = {},
    required = [],
  } = schema as {
    description?: string;
    properties?: Readonly<Record<string, Node>>;
    required?: readonly string[];
  };
  const rows = Object.entries(properties).map(([name, property]) => [
    `<code>${escaped(name)}</code>${required.includes(name) ? '' : ' (optional)'}`,
    typeOf(property),
    escaped(text(property['description'])),
  ]);
  const said = description === undefined ? '' : `<p>${escaped(description)}</p>`;
  return said + (rows.length === 0 ? `<p>${typeOf(schema)}</p>` : table(['Member', 'Type', 'Meaning'], rows));
}

/** A schema in a few words. */
function typeOf(schema: Node): string {
  const {
    $ref,
    type,
    items,
    anyOf,
    enum: words,
    examples,
    format,
  } = schema as Readonly<Record<string, unknown>> & {
    $ref?: string;
    items?: Node;
    anyOf?: readonly Node[];
    enum?: readonly unknown[];
    examples?: readonly unknown[];
  };
  if ($ref !== undefined) return `<a href="#schema-${lastPart($ref)}">${lastPart($ref)}</a>`;
  if (anyOf) return anyOf.map(typeOf).join(' or ');
  if (type === 'array' && items) return `list of ${typeOf(items)}`;
  const named = [type].flat().map(text).join(' or ');
  const listed = (words ?? examples ?? []).map((word) => `<code>${escaped(text(word))}</code>`).join(' ');
  const unit = schema['x-unit'] ?? format;
  const more = [...(unit === undefined ? [] : [escaped(text(unit))]), ...(listed === '' ? [] : [listed])];
  return `<i>${escaped(named)}</i>${more.length === 0 ? '' : ` (${more.join('; ')})`}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${line(heads, 'th')}</thead><tbody>${rows.map((row) => line(row, 'td')).join('\n')}</tbody></table>`;
}

function text(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
const lastPart = (ref: string): string => escaped(ref.slice(ref.lastIndexOf('/') + 1));
const anchor = (name: string): string => escaped(name.replaceAll(' ', '-'));

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const STYLE = `:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 0 auto; padding: 1rem; }
nav a { margin-right: 1rem; }
code { font-family: ui-monospace, monospace; font-size: 0.92em; overflow-wrap: anywhere; }
details { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: 0.4rem 0; }
summary { cursor: pointer; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; }
td { border-top: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
`;
