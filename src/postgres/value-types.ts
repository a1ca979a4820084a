/** Values of the server as the rest of the program has them. */
import pg from 'pg';

const { builtins } = pg.types;

/**
 * Whole numbers are numbers: what is stored is below 2⁵³. Bytes lie in a buffer of their own: one that is a part of a larger
 * one would take all of that along to another thread.
 */
type Parser = (text: string) => unknown;
const PARSERS: Readonly<Record<number, Parser>> = {
  [builtins.INT8]: Number,
  [builtins.BYTEA]: (text) => new Uint8Array(Buffer.from(text.slice('\\x'.length), 'hex')),
};

export const VALUE_TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => PARSERS[oid] ?? (pg.types.getTypeParser(oid, format) as Parser),
};
