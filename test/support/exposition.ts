/** A reader of the text format 0.0.4, strict where our writer must be right. Independent of the writer. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function parseExposition(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const open = line.indexOf('{');
    const nameEnd = open === -1 ? line.indexOf(' ') : open;
    const name = line.slice(0, nameEnd);
    if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw new Error(`no metric name: ${line}`);
    const labels: Record<string, string> = {};
    let at = nameEnd;
    if (open !== -1) {
      at++;
      while (line[at] !== '}') {
        const equals = line.indexOf('="', at);
        if (equals === -1) throw new Error(`no label: ${line}`);
        const label = line.slice(at, equals);
        let value = '';
        for (at = equals + 2; line[at] !== '"'; at++) {
          if (at >= line.length) throw new Error(`open quote: ${line}`);
          if (line[at] !== '\\') value += line[at] ?? '';
          else value += { n: '\n', '"': '"', '\\': '\\' }[line[++at] ?? ''] ?? fail(line);
        }
        if (label in labels) throw new Error(`label twice: ${line}`);
        labels[label] = value;
        at += line[at + 1] === ',' ? 2 : 1;
      }
      at++;
    }
    const value = line.slice(at).trim();
    const special: Record<string, number> = { '+Inf': Infinity, '-Inf': -Infinity, NaN };
    const number = special[value] ?? Number(value);
    if (value === '' || (Number.isNaN(number) && value !== 'NaN')) throw new Error(`no value: ${line}`);
    samples.push({ name, labels, value: number });
  }
  return samples;
}

function fail(line: string): never {
  throw new Error(`bad escape: ${line}`);
}

/** The value of the one sample with this name and at least these labels; undefined when there is none. */
export function valueOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const found = parseExposition(text).filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  if (found.length > 1) throw new Error(`${String(found.length)} samples of ${name}`);
  return found[0]?.value;
}
