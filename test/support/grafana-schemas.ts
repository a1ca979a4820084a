/** JSON schemas that Grafana publishes; they stand beside the project. */
import { Ajv, type ValidateFunction } from 'ajv';
import { existsSync, readFileSync } from 'node:fs';

const SCHEMAS = new URL('../../../shared/schemas/grafana/', import.meta.url);

type Schema = Record<string, unknown> & { definitions: Record<string, Record<string, unknown>> };

export function grafanaSchemasAreHere(): boolean {
  const here = existsSync(SCHEMAS);
  if (!here && process.env['CI'] === 'true') throw new Error(`CI needs Grafana's JSON schemas in ${SCHEMAS.pathname}`);
  if (!here) process.stderr.write(`SKIPPED: no JSON schemas of Grafana in ${SCHEMAS.pathname}\n`);
  return here;
}

function schema(name: string): Schema {
  return JSON.parse(readFileSync(new URL(`${name}.jsonschema.json`, SCHEMAS), 'utf8')) as Schema;
}

export const hasDefinition = (name: string, definition: string) => definition in schema(name).definitions;

const ANYTHING = [
  ['VariableModel', 'query'],
  ['MatcherConfig', 'options'],
  ['DynamicConfigValue', 'value'],
] as const;

const compiled = new Map<string, ValidateFunction>();

/** A schema's own root, or one of its definitions. */
export function grafanaSchema(name: string, definition?: string): ValidateFunction {
  const key = `${name}/${definition ?? ''}`;
  const validate = compiled.get(key) ?? compile(name, definition);
  compiled.set(key, validate);
  return validate;
}

function compile(name: string, definition?: string): ValidateFunction {
  const whole = schema(name);
  // Defects of the published schemas: what may be anything is said to be an object, or a map of objects.
  for (const [type, field] of ANYTHING) {
    const properties = whole.definitions[type]?.['properties'] as Record<string, unknown> | undefined;
    if (properties) properties[field] = {};
  }
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  return ajv.compile(definition === undefined ? whole : { ...whole, $ref: `#/definitions/${definition}` });
}
