/** JSON as it ships: two blanks, and keys in the order in which jsonnet writes them, so that both can be compared byte by byte. */
export function asJson(value: unknown): string {
  return `${JSON.stringify(value, (_, part: unknown) => inOrder(part), 2)}\n`;
}

function inOrder(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
  return Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)));
}
