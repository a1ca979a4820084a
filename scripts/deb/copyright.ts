/** The copyright file of a .deb (DEP-5): who holds what, and each licence's text once. */
import type { ShippedPackage } from './shipped-packages.js';

export interface LicensedPackage extends ShippedPackage {
  /** The text of its licence file; null where it has none. */
  readonly text: string | null;
  /** As package.json names whoever made it. */
  readonly author: string;
  /** Where what is of it lies, below the home of the program: a folder of its own, or one that others share. */
  readonly folder: string;
}

/** In every Debian: texts that a package refers to and does not repeat. */
const COMMON_LICENSES: ReadonlySet<string> = new Set(['Apache-2.0']);
/** A line that names a holder, what of it says no more than that, and lines that look like one. */
const MARK = /^\W*(?:copyright\b:?\s*)?(?:(?:\(c\)|©)\s*)?(?:copyright\b\s*)?/i;
const NO_NOTICE = /notice|holder|owner|\[yyyy\]/i;
/** A title says no more than the name of the licence. */
const TITLE = /^\W*(?:the )?(?:mit|isc|bsd)(?:[- ]\d-clause)? licen[cs]e(?: \(mit\))?\W*$/i;
const NOTICE = /^\W*(?:copyright\b|\(c\)|©).*$/i;

interface Paragraph {
  readonly files: string;
  readonly holders: readonly string[];
  readonly license: string;
}

export function copyrightFile(home: string, packages: readonly LicensedPackage[]): string {
  const texts = new LicenseTexts(packages);
  const own: Paragraph = { files: '*', holders: ['the authors of ocs-campaign-monitor'], license: 'Apache-2.0' };
  const folders = new Set(packages.map(({ folder }) => folder));
  const theirs = [...folders].map((folder): Paragraph => {
    const inFolder = packages.filter((one) => one.folder === folder);
    const licenses = new Set(inFolder.map((one) => texts.nameOf(one)));
    return {
      files: `${home}/${folder}/*`,
      holders: [...new Set(inFolder.flatMap(holdersOf))],
      license: [...licenses].join(' and '),
    };
  });
  return [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: ocs-campaign-monitor\n',
    ...[own, ...theirs].map(shownParagraph),
    ...texts.paragraphs(),
  ].join('\n');
}

function shownParagraph({ files, holders, license }: Paragraph): string {
  return `Files: ${files}\nCopyright: ${holders.join('\n ')}\nLicense: ${license}\n`;
}

function holdersOf({ name, text, author, license }: LicensedPackage): string[] {
  // A text that speaks of copyright all over names its holders with a year.
  const isNotice = COMMON_LICENSES.has(license) ? (line: string) => /\b\d{4}\b/.test(line) : () => true;
  const lines = (text ?? '').split('\n').map((line) => line.trim());
  const notices = lines.filter((line) => NOTICE.test(line) && !NO_NOTICE.test(line) && isNotice(line));
  const held = notices.map((line) => line.replace(MARK, '').replaceAll(/[*_]/g, '').trim());
  const known = held.filter((line) => line !== '');
  return known.length > 0 ? known : [author === '' ? `the authors of ${name}` : author];
}

/** Licences by name. Texts that differ in their words have names of their own, as the format wants it. */
class LicenseTexts {
  readonly #byWords = new Map<string, { readonly name: string; readonly text: string }>();
  readonly #names = new Set<string>();

  constructor(packages: readonly LicensedPackage[]) {
    this.#names.add('Apache-2.0');
    for (const one of packages) if (one.text !== null) this.#note(one, one.text);
  }

  nameOf({ license, text }: LicensedPackage): string {
    if (COMMON_LICENSES.has(license)) return license;
    if (text !== null) return this.#byWords.get(wordsOf(license, text))?.name ?? license;
    // Without a file the usual text of that name is meant.
    if (!this.#names.has(license)) throw new Error(`no package has the text of the licence ${license}`);
    return license;
  }

  paragraphs(): string[] {
    const texts = [...this.#byWords.values()].map(({ name, text }) => `License: ${name}\n${indented(text)}\n`);
    const common = [...COMMON_LICENSES].map(
      (name) => `License: ${name}\n On Debian systems the text is in /usr/share/common-licenses/${name}.\n`,
    );
    return [...common, ...texts];
  }

  #note({ license, name }: LicensedPackage, text: string): void {
    const words = wordsOf(license, text);
    if (COMMON_LICENSES.has(license) || this.#byWords.has(words)) return;
    const own = this.#names.has(license) ? `${license}-${name.replaceAll(/[^a-z0-9.-]/gi, '')}` : license;
    this.#names.add(own);
    this.#byWords.set(words, { name: own, text: bodyOf(text) });
  }
}

/** A licence without the lines that name holders. */
function bodyOf(text: string): string {
  const lines = text
    .replaceAll('\r', '')
    .split('\n')
    .map((line) => line.trimEnd());
  const kept = lines.filter((line) => (!NOTICE.test(line.trim()) || NO_NOTICE.test(line)) && !TITLE.test(line));
  return kept
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

const wordsOf = (license: string, text: string) =>
  `${license}: ${bodyOf(text)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')}`;

const indented = (text: string) =>
  text
    .split('\n')
    .map((line) => (line.trim() === '' ? ' .' : ` ${line}`))
    .join('\n');
