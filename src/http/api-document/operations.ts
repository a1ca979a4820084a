/** The shapes of the document's operations: one object, a list, and what any question may be answered with. */
import { STALE_SCHEMA } from '../../reports/row-schemas.js';
import {
  listOf,
  objectOf,
  orNull,
  type Properties,
  refTo,
  type Schema,
  text,
  withOptional,
} from '../../reports/schema.js';
import type { ParameterName } from './parameters.js';

export type Node = Readonly<Record<string, unknown>>;

export const json = (schema: Schema): Node => ({ 'application/json': { schema } });
export const problem = (name: string): Node => ({ $ref: `#/components/responses/${name}` });
/** What any question may be answered with. */
const REFUSALS = {
  '400': problem('BadRequest'),
  '401': problem('Unauthorized'),
  '421': problem('Misdirected'),
  '429': problem('TooManyRequests'),
  '500': problem('Internal'),
  '503': problem('Unavailable'),
};
export const NOT_FOUND = { '404': problem('NotFound') };
const SECURITY = [{ bearer: [] }, { basic: [] }, { session: [] }];

export interface Question {
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly parameters?: readonly ParameterName[];
  readonly description?: string;
}

export function operation({ id, tag, summary, parameters = [], description }: Question, responses: Node): Node {
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: SECURITY,
    parameters: parameters.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    responses: { ...responses, ...REFUSALS },
  };
}

/** One object by its id. */
export function one(question: Question, schema: Schema): Node {
  return { get: operation(question, { '200': { description: 'It.', content: json(schema) }, ...NOT_FOUND }) };
}

interface ListOptions {
  /** Members beside `items`. */
  readonly more?: Properties;
  /** Headers beside those of every list. */
  readonly headers?: Node;
  /** All items in one answer. */
  readonly isWhole?: boolean;
  readonly isMissable?: boolean;
  /** Of what is in memory: it may be stale. */
  readonly isOfMemory?: boolean;
}

const CSV =
  'The same columns; empty for null. With `tz` each column of times has one behind it, `…_local`, of what that clock showed. The whole range, unless `limit` is said; broken off where it cannot be read to its end. Text that a spreadsheet would run as a formula is prefixed with an apostrophe.';

/** A page of a list as JSON, or all of it as CSV. */
export function list(
  question: Question,
  item: string,
  { more = {}, headers: moreHeaders = {}, isWhole = false, isMissable, isOfMemory = false }: ListOptions = {},
): Node {
  const always = objectOf({
    items: listOf(refTo(item), isWhole ? 'All of them.' : 'One page.'),
    next_cursor: orNull(text('To be given as `cursor` for the next page; null on the last one.')),
    ...more,
  });
  const page = isOfMemory ? withOptional(always, STALE_SCHEMA) : always;
  const content = { ...json(page), 'text/csv': { schema: text(CSV) } };
  const headers = {
    ETag: { description: 'Tag of the content; only with JSON.', schema: { type: 'string' } },
    Link: { description: 'The next page, as `rel="next"`.', schema: { type: 'string' } },
    'Content-Disposition': {
      description: 'A file name of the list, its group and its range; only with CSV.',
      schema: { type: 'string' },
    },
    ...moreHeaders,
  };
  const parameters: ParameterName[] = isWhole ? ['tz', 'format', 'bom'] : ['tz', 'format', 'bom', 'limit', 'cursor'];
  const asked = { ...question, parameters: [...new Set([...(question.parameters ?? []), ...parameters])] };
  const description = isWhole ? 'All of them.' : 'One page, newest first where not said otherwise.';
  return {
    get: operation(asked, {
      '200': { description, headers, content },
      '304': { description: 'Unchanged since the ETag in If-None-Match.' },
      ...((isMissable ?? question.parameters?.includes('id')) && NOT_FOUND),
    }),
  };
}
