/** How bodies differ from the JSON schemas of `schemas/`. */
import type { SchemaViolation } from '../domain/notification.js';
import { ruleWords } from '../domain/rule-words.js';
import { checkOf, type SchemaFault } from './schema-checks.js';
import { type SchemaName, type SchemaNode, SCHEMAS } from './schema-files.js';

export interface BodySchema {
  /** Every deviation of a JSON object from the schema, in the schema's order; empty when there is none. */
  readonly validate: (value: unknown) => readonly SchemaViolation[];
  /** `x-version` of the schema: quarantined bodies carry the version that refused them. */
  readonly version: string;
}

export function compileNotificationSchema(): BodySchema {
  return compile('notification');
}

export function compileCallbackSchema(): BodySchema {
  return compile('callback');
}

function compile(name: SchemaName): BodySchema {
  const schema = SCHEMAS[name]();
  const check = checkOf(name);
  const properties = schema['properties'] as Readonly<Record<string, SchemaNode>>;
  const validate = (value: unknown): readonly SchemaViolation[] =>
    check(value) ? [] : (check.errors ?? []).flatMap((error) => violationOf(error, properties, schema));
  return { validate, version: String(schema['x-version']) };
}

function violationOf(
  error: SchemaFault,
  properties: Readonly<Record<string, SchemaNode>>,
  root: SchemaNode,
): SchemaViolation[] {
  if (error.keyword === 'anyOf') {
    // The branch says which field is meant and how grave its absence is.
    const branch = branchOf(error, root);
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

/** The part of a root's `allOf` whose `anyOf` does not hold. */
function branchOf({ schemaPath }: SchemaFault, root: SchemaNode): SchemaNode | undefined {
  const [, place] = /^#[/]allOf[/](\d+)[/]anyOf$/.exec(schemaPath) ?? [];
  return (root['allOf'] as readonly SchemaNode[])[Number(place)];
}
