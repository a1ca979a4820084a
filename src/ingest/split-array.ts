/** The elements of a JSON array as texts, byte for byte. Only for text known to be a JSON array. */
export function splitArray(text: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let start = text.indexOf('[') + 1;
  for (let i = start - 1; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '"') i = endOfString(text, i);
    else if (char === '[' || char === '{') depth++;
    else if (char === ']' || char === '}') depth--;
    const ends = depth === 0 || (depth === 1 && char === ',');
    if (!ends) continue;
    const element = text.slice(start, i).trim();
    if (element !== '') elements.push(element);
    if (depth === 0) break;
    start = i + 1;
  }
  return elements;
}

function endOfString(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    if (text.charAt(i) === '\\') i++;
    else if (text.charAt(i) === '"') return i;
  }
  return text.length;
}
