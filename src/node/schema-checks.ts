/**
 * What ajv makes of the schemas: its only user. In a build this file is what ajv made of them (scripts/compiled-checks.ts),
 * because compiling them took a third of the time in which a start opens its store.
 */
import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import { type SchemaName, SCHEMAS } from './schema-files.js';

export type SchemaFault = ErrorObject;

export function checkOf(name: SchemaName): ValidateFunction {
  return openAjv().compile(SCHEMAS[name]());
}

export function openAjv(code: Options['code'] = {}): Ajv2020 {
  // strictRequired would have every branch of an anyOf declare again the property that it requires.
  const strictness = { strict: true, strictRequired: false, allowUnionTypes: true };
  // Nobody but us writes these schemas. A test holds them against the metaschema, which cost a start 110 ms.
  const ajv = new Ajv2020({ ...strictness, validateSchema: false, allErrors: true, verbose: true, code });
  for (const keyword of ['x-fault', 'x-field', 'x-rule', 'x-version']) ajv.addKeyword(keyword);
  return ajv;
}
