/** The lines of a page of OpenMetrics as our own writer makes them. */
export interface Descriptor {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly help: string;
}

export interface PageSample {
  readonly name: string;
  /** As they stand on the page, without the bound of a bucket: those of one label set are alike. */
  readonly labels: string;
  /** Of a bucket. */
  readonly bound: number | null;
  readonly value: number;
}

/** What is known of a family after a line of it; null: the line is of none. */
export function descriptorIn(line: string, known: Descriptor): Descriptor | null {
  const [, kind, name = '', text = ''] = DESCRIPTOR.exec(line) ?? [];
  if (kind === undefined) return null;
  const of = known.name === name ? known : { name, type: '', unit: '', help: '' };
  if (kind === 'TYPE') return { ...of, type: text };
  if (kind === 'UNIT') return { ...of, unit: text };
  return { ...of, help: text.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter)) };
}

const DESCRIPTOR = /^# (TYPE|UNIT|HELP) ([^ ]+) (.*)$/;

export function sampleIn(line: string): PageSample {
  const space = line.lastIndexOf(' ');
  const open = line.indexOf('{');
  const nameEnd = open === -1 || open > space ? space : open;
  const said = nameEnd === open ? line.slice(open + 1, space - 1) : '';
  const name = line.slice(0, nameEnd);
  const value = numberIn(line.slice(space + 1));
  // Ours writes it last.
  const at = name.endsWith('_bucket') ? said.lastIndexOf('le="') : -1;
  if (at === -1) return { name, labels: said, bound: null, value };
  const bound = numberIn(said.slice(at + 'le="'.length, -1));
  return { name, labels: said.slice(0, Math.max(0, at - 1)), bound, value };
}

function numberIn(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}
