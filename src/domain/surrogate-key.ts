/**
 * Keys of rows that are made of what the rows say, so that equal content has equal keys in every database: they survive a
 * restore, a salvage, and history told anew.
 */

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** FNV-1a with 64 bits, over the UTF-8 of a text. */
function fnv1a(text: string): bigint {
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  return hash;
}

/** The bits of a hash folded onto fewer; never 0, which stands for none. */
function folded(hash: bigint, bits: number): number {
  let rest = hash;
  let key = 0n;
  for (; rest > 0n; rest >>= BigInt(bits)) key ^= BigInt.asUintN(bits, rest);
  return Number(key) || 1;
}

/**
 * A key of 53 bits, which every reader of numbers has exactly. Of a million rows two share one with a chance of 1 in
 * 18,000.
 */
export function longKey(content: string): number {
  return folded(fnv1a(content), 53);
}

/** A key of 31 bits, for columns that hold no more. Whoever keeps the rows sees to it that no two have the same. */
export function shortKey(content: string): number {
  return folded(fnv1a(content), 31);
}

/** The key to try when one is taken. */
export function nextShortKey(key: number): number {
  return key === 0x7fffffff ? 1 : key + 1;
}
