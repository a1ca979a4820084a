/** What a port has for those who write. */
export function refuse(): never {
  throw new Error('who reads for a report writes nothing, and looks for nothing by its content');
}
