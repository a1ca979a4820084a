/**
 * Writes into dist/ what is shipped of others: sbom.cdx.json, a CycloneDX bill of materials, and licences.txt.
 * Usage: npm run sbom, after npm run build
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { billOfMaterials, licenceTexts } from './bill-of-materials.js';
import { licenceList } from './shipped-packages.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const { bill, shipped } = billOfMaterials(ROOT);
mkdirSync(`${ROOT}dist`, { recursive: true });
writeFileSync(`${ROOT}dist/sbom.cdx.json`, `${JSON.stringify(bill, null, 2)}\n`);
writeFileSync(
  `${ROOT}dist/licences.txt`,
  licenceList(shipped, (path) => licenceTexts(ROOT, path)),
);
process.stdout.write(`dist/sbom.cdx.json and dist/licences.txt: ${String(shipped.length)} packages\n`);
