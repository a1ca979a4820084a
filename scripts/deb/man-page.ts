/** ocs-monitor(1): what the program says of itself, so that the page cannot say anything else. */

export interface Help {
  readonly version: string;
  /** What `ocs-monitor --help` prints. */
  readonly program: string;
  /** What `ocs-monitor help COMMAND` prints, in the order of the program's list. */
  readonly commands: readonly { readonly name: string; readonly text: string }[];
}

interface PageOptions extends Help {
  readonly atMs: number;
  /** Paths in the package, and what is there. */
  readonly files: readonly (readonly [path: string, what: string])[];
}

/** Commands by the list in the program's help: two blanks, the name, its summary. */
export function commandsIn(help: string): string[] {
  return Array.from(help.matchAll(/^ {2}([a-z][a-z-]*) {2,}\S/gm), ([, name = '']) => name);
}

export function manPage({ version, program, commands, atMs, files }: PageOptions): string {
  const date = new Date(atMs).toISOString().slice(0, 10);
  return [
    `.TH OCS\\-MONITOR 1 "${date}" "ocs\\-monitor ${roff(version)}" "OCS campaign monitor"`,
    '.SH NAME',
    'ocs\\-monitor \\- receives, keeps and shows what Genesys Outbound Contact Server posts',
    '.SH SYNOPSIS',
    '.B ocs\\-monitor',
    '.I COMMAND',
    '[options]',
    '.SH DESCRIPTION',
    ...verbatim(program),
    '.SH COMMANDS',
    ...commands.flatMap(({ name, text }) => [`.SS ${roff(name)}`, ...verbatim(text)]),
    '.SH FILES',
    ...files.flatMap(([path, what]) => ['.TP', `.I ${roff(path)}`, roff(what)]),
    '',
  ].join('\n');
}

/** The page's text as a reader sees it, as far as it is laid out verbatim. */
export function verbatimIn(page: string): string {
  const parts = Array.from(page.matchAll(/^\.nf\n(.*?)^\.fi$/gms), ([, part = '']) => part);
  return parts
    .join('')
    .replaceAll(/^\\&/gm, '')
    .replaceAll('\\-', '-')
    .replaceAll('\\(aq', "'")
    .replaceAll('\\(ga', '`')
    .replaceAll('\\(ti', '~')
    .replaceAll('\\(ha', '^')
    .replaceAll('\\e', '\\');
}

function verbatim(text: string): string[] {
  return ['.nf', ...text.trimEnd().split('\n').map(roff), '.fi'];
}

/** Characters that groff would set as typographic ones stay what they are; a line that begins with a dot is no request. */
function roff(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha');
  return escaped.startsWith('.') ? `\\&${escaped}` : escaped;
}
