/** Reads the JSON schemas of `schemas/`. Without ajv: who only hands them out need not load it. */
import { readFileSync } from 'node:fs';

export type SchemaNode = Readonly<Record<string, unknown>>;

export function readSchema(name: string): SchemaNode {
  return JSON.parse(readFileSync(new URL(`../../schemas/${name}`, import.meta.url), 'utf8')) as SchemaNode;
}
