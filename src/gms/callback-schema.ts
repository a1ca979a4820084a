/** The JSON Schema of a callback event, made from the registry: after its values were read (see read-value.ts). */
import type { KeyValuePair } from './key-value-pair.js';
import { FIELDS, pairOf } from './key-value-pairs.js';

/** Grows with every change of what is required or readable: quarantined bodies carry the version that refused them. */
export const CALLBACK_SCHEMA_VERSION = '1';

/** Info Mart's columns are of this size; beyond it a number is a slip, and would spoil every sum it goes into. */
const GREATEST = 2 ** 31 - 1;
const YEAR_2000_SECONDS = 946_684_800;
const YEAR_2100_SECONDS = 4_102_444_800;
/** Characters of a service id. */
export const MOST_ID_CHARACTERS = 255;
export const ID_RULE = `a text of at most ${MOST_ID_CHARACTERS} characters`;

type SchemaNode = Readonly<Record<string, unknown>>;

export function callbackEventSchema(): SchemaNode {
  const pairs = FIELDS.map(pairOf);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:ocs-campaign-monitor:schema:callback-event',
    title: 'Callback event',
    description:
      'The key-value pairs of one UserEvent of Genesys Callback, as numbers and texts. Generated from src/gms/key-value-pairs.ts.',
    'x-version': CALLBACK_SCHEMA_VERSION,
    type: 'object',
    required: pairs.filter(({ mandatory }) => mandatory).map(({ name }) => name),
    properties: Object.fromEntries(pairs.map((pair) => [pair.name, propertyOf(pair)])),
  };
}

function propertyOf(pair: KeyValuePair): SchemaNode {
  return {
    description: pair.help,
    ...valueOf(pair),
    ...(pair.words && { examples: pair.words }),
    ...(pair.mandatory && { 'x-fault': 'fatal' }),
  };
}

function valueOf(pair: KeyValuePair): SchemaNode {
  switch (pair.type) {
    case 'integer':
      return pair.signed
        ? { type: 'integer', minimum: -GREATEST, maximum: GREATEST, 'x-rule': `a whole number up to ${GREATEST}` }
        : { type: 'integer', minimum: 0, maximum: GREATEST, 'x-rule': `a whole number from 0 to ${GREATEST}` };
    case 'seconds':
      return { type: 'integer', minimum: 0, maximum: GREATEST, 'x-rule': `a number of seconds from 0 to ${GREATEST}` };
    case 'timestamp':
      return {
        type: 'integer',
        minimum: YEAR_2000_SECONDS,
        maximum: YEAR_2100_SECONDS,
        'x-rule': 'a UTC time in whole seconds since 1970, between the years 2000 and 2100',
      };
    case 'flag':
      return { enum: [0, 1], 'x-rule': '0 or 1' };
    case 'word':
      return { type: 'string', 'x-rule': 'a text' };
    case 'text':
      // The id is a key here and a varchar(255) in Info Mart; other texts are as long as a body may be.
      return pair.mandatory
        ? { type: 'string', maxLength: MOST_ID_CHARACTERS, 'x-rule': ID_RULE }
        : { type: 'string', 'x-rule': 'a text' };
  }
}
