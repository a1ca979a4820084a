import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { retold, ruleWords } from '../../../src/domain/rule-words.js';
import { callbackEventSchema } from '../../../src/gms/callback-schema.js';
import { readSchema } from '../../../src/node/schema-files.js';
import { compileCallbackSchema, compileNotificationSchema } from '../../../src/node/schemas.js';

/** What completes "the field should be …" for a person. */
const isWords = (rule: string) =>
  /^[A-Za-z0-9"{]/.test(rule) && !/[\\^$*]|\bmust\b|pattern|>=|<=|,null|undefined/.test(rule);

/** For each keyword a schema and a value that violates it. */
const VIOLATED: readonly (readonly [keyword: string, schema: object, value: unknown])[] = [
  ['type', { type: ['string', 'integer', 'null'] }, {}],
  ['const', { const: 'a' }, 'b'],
  ['enum', { enum: [0, 1, 'x'] }, 2],
  ['pattern', { type: 'string', pattern: '^\\s*(-?\\d{1,15})?\\s*$' }, 'x'],
  ['format', { type: 'string', format: 'date-time' }, 'x'],
  ['minimum', { type: 'number', minimum: 1 }, 0],
  ['maximum', { type: 'number', maximum: 1 }, 2],
  ['exclusiveMinimum', { type: 'number', exclusiveMinimum: 1 }, 1],
  ['exclusiveMaximum', { type: 'number', exclusiveMaximum: 1 }, 1],
  ['multipleOf', { type: 'number', multipleOf: 2 }, 1],
  ['minLength', { type: 'string', minLength: 2 }, 'a'],
  ['maxLength', { type: 'string', maxLength: 2 }, 'abc'],
  ['minItems', { type: 'array', minItems: 1 }, []],
  ['maxItems', { type: 'array', maxItems: 1 }, [1, 2]],
  ['uniqueItems', { type: 'array', uniqueItems: true }, [1, 1]],
  ['contains', { type: 'array', contains: { const: 1 } }, [2]],
  ['items', { type: 'array', prefixItems: [true], items: false }, [1, 2]],
  ['unevaluatedItems', { type: 'array', unevaluatedItems: false }, [1]],
  ['minProperties', { type: 'object', minProperties: 1 }, {}],
  ['maxProperties', { type: 'object', maxProperties: 0 }, { a: 1 }],
  ['required', { type: 'object', required: ['a'] }, {}],
  ['dependentRequired', { type: 'object', dependentRequired: { a: ['b'] } }, { a: 1 }],
  ['additionalProperties', { type: 'object', additionalProperties: false }, { a: 1 }],
  ['unevaluatedProperties', { type: 'object', unevaluatedProperties: false }, { a: 1 }],
  ['propertyNames', { type: 'object', propertyNames: { maxLength: 1 } }, { ab: 1 }],
  ['not', { not: { const: 1 } }, 1],
  ['oneOf', { oneOf: [{ const: 1 }, { const: 2 }] }, 3],
  ['anyOf', { anyOf: [{ const: 1 }, { const: 2 }] }, 3],
  ['if', { if: { const: 1 }, then: { const: 2 } }, 1],
  ['false schema', { properties: { a: false } }, { a: 1 }],
];

describe('a rule', () => {
  it.each(VIOLATED)('of a schema is words, and no expression: %s', (keyword, schema, value) => {
    const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: false });
    ajv.addFormat('date-time', /^\d{4}-/);
    const check = ajv.compile(schema);
    expect(check(value)).toBe(false);
    const errors = check.errors ?? [];
    expect(errors.map((error) => error.keyword)).toContain(keyword);
    for (const { keyword: violated, schema: of, params } of errors) {
      const rule = ruleWords(violated, of, params);
      expect([rule, isWords(rule)]).toEqual([rule, true]);
    }
  });

  it.each([
    ['campaign groups', readSchema('campaign-group-state.schema.json'), compileNotificationSchema()],
    ['callbacks', callbackEventSchema(), compileCallbackSchema()],
  ])('of any field of %s is words, whatever stands in it', (_what, schema, { validate }) => {
    const fields = Object.keys(schema['properties'] as object);
    const values = [null, true, [], {}, '', ' ', 'x', '^\\d$', -1, 1.5, 1e300, 'x'.repeat(300)];
    const rules = new Set(
      fields.flatMap((field) => values.flatMap((value) => validate({ [field]: value }).map(({ rule }) => rule))),
    );
    expect(rules.size).toBeGreaterThan(4);
    expect([...rules].filter((rule) => !isWords(rule))).toEqual([]);
  });

  it('that an earlier version kept is told in the words of today', () => {
    expect(retold('match pattern "^\\s*(-?\\d{1,15})?\\s*$"')).toMatch(/^written in the form/);
    expect(retold('integer,string,null')).toBe('a whole number, a text or null');
    expect(retold('>= 0')).toBe('0 or more');
    for (const rule of ['present', 'a number, 0 or more, or null', 'equal to GSW_CAMPAIGN_GROUP_STATE'])
      expect(retold(rule)).toBe(rule);
  });
});
