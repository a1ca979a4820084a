/** Says what keeps a text from being well-formed XML, so that examples in documents can be held to it. */

const MARKUP =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/g;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')/g;
const BARE = /<|&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/;

/** Every fault; none when the text is one well-formed element. Knows no DTD, which no example has. */
export function faultsOfXml(xml: string): string[] {
  const faults: string[] = [];
  const open: string[] = [];
  let roots = 0;
  let end = 0;
  for (const match of xml.matchAll(MARKUP)) {
    faults.push(...faultsOfText(xml.slice(end, match.index), open));
    end = match.index + match[0].length;
    const [, closes, name, attributes = '', isEmpty] = match;
    if (name === undefined) continue;
    if (closes === '/') {
      faults.push(...faultsOfEnd(name, open.pop()));
      continue;
    }
    if (open.length === 0) roots += 1;
    faults.push(...faultsOfAttributes(name, attributes));
    if (isEmpty !== '/') open.push(name);
  }
  faults.push(...faultsOfText(xml.slice(end), open), ...open.map((name) => `<${name}> is not closed`));
  return roots === 1 ? faults : [...faults, `${roots} outermost elements`];
}

function faultsOfText(text: string, open: readonly string[]): string[] {
  if (BARE.test(text)) return [`bare < or & in ${JSON.stringify(text.trim())}`];
  return open.length === 0 && text.trim() !== '' ? [`text outside the element: ${text.trim()}`] : [];
}

function faultsOfEnd(name: string, opened: string | undefined): string[] {
  return opened === name ? [] : [`</${name}> closes ${opened ?? 'nothing'}`];
}

function faultsOfAttributes(element: string, attributes: string): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const [, name = '', value = ''] of attributes.matchAll(ATTRIBUTE)) {
    if (seen.has(name)) faults.push(`${element} has ${name} twice`);
    seen.add(name);
    if (BARE.test(value)) faults.push(`bare < or & in ${name}=${value}`);
  }
  return faults;
}
