import { describe, expect, it } from 'vitest';
import { BASE_VERSION, INFO_MART_TABLES, type KeyType, type KeyValuePair } from '../../../src/gms/key-value-pair.js';
import { ATTACHED_FIELDS, FIELD_OF_KEY, FIELDS, MANDATORY_FIELDS, pairOf } from '../../../src/gms/key-value-pairs.js';
import { HAS_FACTS, type KvpFact, kvpFacts } from '../../support/facts.js';

const TYPES: Readonly<Record<string, KeyType>> = {
  int: 'integer',
  string: 'text',
  enum: 'word',
  utc_timestamp: 'timestamp',
  seconds: 'seconds',
  flag01: 'flag',
};

/** The registry's pair as the facts write it down. */
function asFact(pair: KeyValuePair) {
  return {
    name: pair.name,
    type: pair.type,
    words: pair.words ?? [],
    isMandatory: pair.mandatory ?? false,
    isAttached: pair.attached ?? false,
    parameter: pair.parameter ?? null,
    version: pair.since === undefined ? BASE_VERSION : pair.since,
    table: pair.infoMart?.table ?? null,
    columns: pair.infoMart?.columns ?? [],
  };
}

function expected({ isDescribed, ...fact }: KvpFact) {
  return { ...fact, type: TYPES[fact.type], version: fact.version ?? (isDescribed ? BASE_VERSION : null) };
}

describe.skipIf(!HAS_FACTS)('the registry of key-value pairs, held against the table of the facts', () => {
  const facts = HAS_FACTS ? kvpFacts() : [];
  const pairs = FIELDS.map(pairOf);

  it('has the same 70 keys in the same order', () => {
    expect(facts).toHaveLength(70);
    expect(pairs.map(({ name }) => name)).toEqual(facts.map(({ name }) => name));
  });

  it.each(facts.map((fact) => [fact.name, fact] as const))('agrees on %s in every column', (name, fact) => {
    const pair = pairs.find((one) => one.name === name);
    expect(pair && asFact(pair)).toEqual(expected(fact));
  });

  it('knows neither version nor column of the six keys that the reference only names', () => {
    const listed = facts.filter(({ isDescribed }) => !isDescribed).map(({ name }) => name);
    expect(listed).toHaveLength(6);
    for (const pair of pairs.filter(({ name }) => listed.includes(name))) {
      expect(pair).toMatchObject({ since: null });
      expect(pair).not.toHaveProperty('infoMart');
    }
  });

  it('lists every table of the facts', () => {
    const tables = new Set(facts.flatMap(({ table }) => table ?? []));
    expect(new Set(INFO_MART_TABLES)).toEqual(tables);
  });
});

describe('the registry of key-value pairs', () => {
  it('marks the five mandatory and the four attached keys', () => {
    const names = (fields: typeof FIELDS) => fields.map((field) => pairOf(field).name);
    expect(names(MANDATORY_FIELDS).sort()).toEqual([
      '_CB_D_CALLBACK_OFFER',
      '_CB_N_CALLBACK_OFFERED',
      '_CB_SERVICE_ID',
      '_CB_T_CALLBACK_OFFERED',
      '_CB_T_SERVICE_START',
    ]);
    expect(names(ATTACHED_FIELDS).sort()).toEqual([
      '_CB_SERVICE_ID',
      '_CB_T_CALLBACK_ACCEPTED',
      '_CB_T_CUSTOMER_CONNECTED',
      '_CB_T_SERVICE_START',
    ]);
  });

  it('finds a field by its upper-case name and by the spelling of a start request', () => {
    expect(FIELD_OF_KEY.get('_CB_T_CALLBACK_OFFERED')).toBe('offeredMs');
    expect(FIELD_OF_KEY.get('_cb_t_callback_offered')).toBe('offeredMs');
    expect(FIELD_OF_KEY.get('VQ_CFG_TYPE')).toBe('vqConfigType');
    expect(FIELD_OF_KEY.get('_CB_NO_SUCH_KEY')).toBeUndefined();
  });

  it('marks what holds a customer’s number', () => {
    expect(FIELDS.filter((field) => pairOf(field).personal)).toEqual(['customerAni', 'customerPhoneNumber']);
  });
});
