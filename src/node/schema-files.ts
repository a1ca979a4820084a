/** Reads the JSON schemas of `schemas/`. Without ajv: who only hands them out need not load it. */
import { readFileSync } from 'node:fs';
import { callbackEventSchema } from '../gms/callback-schema.js';

export type SchemaNode = Readonly<Record<string, unknown>>;

export function readSchema(name: string): SchemaNode {
  return JSON.parse(readFileSync(new URL(`../../schemas/${name}`, import.meta.url), 'utf8')) as SchemaNode;
}

/** Those that bodies are held against. */
export const SCHEMAS = {
  notification: () => readSchema('campaign-group-state.schema.json'),
  // Made from the registry; schemas/callback-event.schema.json is the same for other languages.
  callback: callbackEventSchema,
} as const satisfies Readonly<Record<string, () => SchemaNode>>;
export type SchemaName = keyof typeof SCHEMAS;
