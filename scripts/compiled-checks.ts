/** What a build has in the place of src/node/schema-checks.ts: the same checks, compiled. */
import standalone from 'ajv/dist/standalone/index.js';
import { openAjv } from '../src/node/schema-checks.js';
import { type SchemaName, SCHEMAS } from '../src/node/schema-files.js';

export function compiledChecks(): string {
  const ajv = openAjv({ source: true, esm: true });
  const names = Object.keys(SCHEMAS) as SchemaName[];
  for (const name of names) ajv.addSchema(SCHEMAS[name](), name);
  const code = standalone.default(ajv, Object.fromEntries(names.map((name) => [`${name}Check`, name])));
  const checks = names.map((name) => `${name}: ${name}Check`);
  return `${code}\nconst checks = { ${checks.join(', ')} };\nexport const checkOf = (name) => checks[name];\n`;
}
