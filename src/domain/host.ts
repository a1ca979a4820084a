/** A Host as it is written: the grammar alone; what an address in it means is for whoever knows networks. */
export interface WrittenHost {
  /** In small letters, without a dot at its end; an address without its brackets. */
  readonly name: string;
  readonly isBracketed: boolean;
  /** Empty: not said. */
  readonly port: string;
}

/** `monitor.example`, `monitor.example:8443`, `[2001:db8::5]:8443`; null when it is no host. */
export function parseHost(text: string): WrittenHost | null {
  const [, literal, word, port = ''] = /^(?:\[([^[\]]*)\]|([^[\]:\s/?#@\\]+))(?::(\d{0,5}))?$/.exec(text.trim()) ?? [];
  if (literal !== undefined) return { name: literal, isBracketed: true, port };
  return word === undefined ? null : { name: word.toLowerCase().replace(/\.$/, ''), isBracketed: false, port };
}
