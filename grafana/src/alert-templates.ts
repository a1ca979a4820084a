/**
 * Texts of alerts as Grafana reads them. Both expand templates of Go with Prometheus's functions, but:
 *  - Grafana's `$value` is a text about all queries; the number is the value of one of them.
 *  - It writes `[no value]` for a label that is not there; `index` gives the empty text, as Prometheus does.
 *  - It takes a `$` in a provisioned file for a variable of its environment: `.Labels` and `.Values` do without.
 */
const TEMPLATE = /\{\{(.*?)\}\}/gs;
const KNOWN =
  /^\s*(?:\$labels\.(?<label>\w+)|\$value)(?<piped>\s*\|\s*(?:humanize(?:1024|Duration|Percentage)?|printf "[^"]*"))?\s*$/;

/** `query` is the refId of the expression. Throws where something stands in a text that is not known to mean the same. */
export function forGrafana(text: string, query: string): string {
  const translated = text.replace(TEMPLATE, (whole, inner: string) => {
    const found = KNOWN.exec(inner)?.groups;
    if (!found) throw new Error(`${whole}: teach grafana/src/alert-templates.ts how Grafana says this`);
    const { label, piped = '' } = found;
    const value = label === undefined ? `.Values.${query}.Value` : `index .Labels "${label}"`;
    return `{{ ${value}${piped.trimEnd()} }}`;
  });
  if (translated.includes('$'))
    throw new Error(`${text}: Grafana takes what follows $ for a variable of its environment`);
  return translated;
}
