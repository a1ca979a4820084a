/** The Debian packages that tests and benches need: `.ci/packages` is the one list, which documents show. */
import { readFileSync } from 'node:fs';
import { format } from 'prettier';
import { code, table } from './markdown.js';

export interface DebianPackage {
  readonly name: string;
  readonly command: string;
  readonly why: string;
}

/** Columns of `.ci/packages` are two blanks or more apart. */
export function debianPackages(root: URL): DebianPackage[] {
  const lines = readFileSync(new URL('.ci/packages', root), 'utf8').split('\n');
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', command = '', why = ''] = line.split(/ {2,}/);
      return { name, command, why };
    });
}

/** Documents as they should be: with the present list where it is shown. Throws where a document has no place for it. */
export async function withPackages(root: URL, paths: readonly string[]): Promise<Record<string, string>> {
  const rows = debianPackages(root).map(({ name, command, why }) => [code(name), code(command), why]);
  const list = table(['Debian package', 'Needed by', 'For'], rows);
  const place = /(<!-- packages: [^\n]* -->\n).*?(<!-- \/packages -->)/s;
  const documents = paths.map(async (path): Promise<[string, string]> => {
    const text = readFileSync(new URL(path, root), 'utf8');
    if (!place.test(text)) throw new Error(`${path} has no place for the list of packages`);
    const whole = text.replace(place, (_, begin: string, end: string) => `${begin}\n${list}\n\n${end}`);
    return [path, await format(whole, { parser: 'markdown', printWidth: 120 })];
  });
  return Object.fromEntries(await Promise.all(documents));
}
