/**
 * JSON schemas of what the API answers, written beside the columns. The columns of a list are typed by the names of its
 * schema, so that neither can have what the other lacks; the OpenAPI document is made of the schemas, and every answer
 * in the integration tests is held against it.
 */
export type Schema = Readonly<Record<string, unknown>> & { readonly type?: string | readonly string[] };
export type Properties = Readonly<Record<string, Schema>>;

type More = Readonly<Record<string, unknown>>;

export const text = (description: string, more: More = {}): Schema => ({ type: 'string', description, ...more });
export const time = (description: string): Schema => ({ type: 'string', format: 'date-time', description });
export const flag = (description: string): Schema => ({ type: 'boolean', description });
export const number = (description: string, more: More = {}): Schema => ({ type: 'number', description, ...more });
export const count = (description: string): Schema => ({ type: 'integer', minimum: 0, description });
export const ratio = (description: string): Schema => number(description, { 'x-unit': 'ratio' });
export const seconds = (description: string): Schema => number(description, { 'x-unit': 'seconds' });
export const bytes = (description: string): Schema => ({ ...count(description), 'x-unit': 'bytes' });
/** One of a closed set. */
export const oneOf = (words: readonly string[], description: string): Schema => text(description, { enum: [...words] });
/** A word of an open set: sites may have words of their own, and a number without one is `unknown(<n>)`. */
export const word = (words: readonly string[], description: string): Schema =>
  text(description, { examples: [...words] });
export const listOf = (items: Schema, description: string): Schema => ({ type: 'array', items, description });
export const refTo = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
/** Keys and values as they were received. */
export const anything = (description: string): Schema => ({ type: 'object', additionalProperties: true, description });

/** Absent facts are null, never 0 or ''. */
export function orNull(schema: Schema): Schema {
  const { enum: words } = schema as { readonly enum?: readonly unknown[] };
  return { ...schema, type: [String(schema.type), 'null'], ...(words && { enum: [...words, null] }) };
}

/** The same object with members that may be absent. */
export function withOptional(schema: Schema, properties: Properties): Schema {
  const { properties: always } = schema as { readonly properties: Properties };
  return { ...schema, properties: { ...always, ...properties } };
}

/** All members are always there; there are no others. */
export function objectOf(properties: Properties, description?: string): Schema {
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    required: Object.keys(properties),
    properties,
    additionalProperties: false,
  };
}
