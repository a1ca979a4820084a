/** Compiles the JSON schemas of `schemas/`. The only user of ajv. */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { SchemaViolation } from '../domain/notification.js';
import { ruleWords } from '../domain/rule-words.js';
import { callbackEventSchema } from '../gms/callback-schema.js';
import { readSchema, type SchemaNode } from './schema-files.js';

export interface BodySchema {
  /** Every deviation of a JSON object from the schema, in the schema's order; empty when there is none. */
  readonly validate: (value: unknown) => readonly SchemaViolation[];
  /** `x-version` of the schema: quarantined bodies carry the version that refused them. */
  readonly version: string;
}

export function compileNotificationSchema(): BodySchema {
  return compile(readSchema('campaign-group-state.schema.json'));
}

/** Made from the registry; schemas/callback-event.schema.json is the same for other languages. */
export function compileCallbackSchema(): BodySchema {
  return compile(callbackEventSchema());
}

function compile(schema: SchemaNode): BodySchema {
  // strictRequired would have every branch of an anyOf declare again the property that it requires.
  const strictness = { strict: true, strictRequired: false, allowUnionTypes: true };
  // Nobody but us writes these schemas. A test holds them against the metaschema, which cost a start 110 ms.
  const ajv = new Ajv2020({ ...strictness, validateSchema: false, allErrors: true, verbose: true });
  for (const keyword of ['x-fault', 'x-field', 'x-rule', 'x-version']) ajv.addKeyword(keyword);
  const check = ajv.compile(schema);
  const properties = schema['properties'] as Readonly<Record<string, SchemaNode>>;
  const validate = (value: unknown): readonly SchemaViolation[] =>
    check(value) ? [] : (check.errors ?? []).flatMap((error) => violationOf(error, properties, schema));
  return { validate, version: String(schema['x-version']) };
}

function violationOf(
  error: ErrorObject,
  properties: Readonly<Record<string, SchemaNode>>,
  root: SchemaNode,
): SchemaViolation[] {
  if (error.keyword === 'anyOf') {
    // The branch says which field is meant and how grave its absence is.
    const branch = (root['allOf'] as readonly SchemaNode[]).find((node) => node['anyOf'] === error.schema);
    const fatal = branch?.['x-fault'] === 'fatal';
    return [{ field: branch?.['x-field'] as string, rule: 'present', value: undefined, fatal }];
  }
  if (error.keyword === 'required') {
    // Within an anyOf branch the anyOf itself is the violation.
    if (error.schemaPath.includes('/anyOf/')) return [];
    const { missingProperty } = error.params as { missingProperty: string };
    const fatal = properties[missingProperty]?.['x-fault'] === 'fatal';
    return [{ field: missingProperty, rule: 'present', value: undefined, fatal }];
  }
  const field = error.instancePath.slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
  const fatal = properties[field]?.['x-fault'] === 'fatal';
  const rule = properties[field]?.['x-rule'];
  return [
    {
      field,
      rule: typeof rule === 'string' ? rule : ruleWords(error.keyword, error.schema, error.params),
      value: error.data,
      fatal,
    },
  ];
}
