/**
 * What a keyword of JSON Schema demands, in words that complete "the field should be …": people read them who know no
 * schema, and no regular expression.
 */

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a JSON object',
  array: 'a list',
  null: 'null',
};

/** `value` is the keyword's own in the schema. */
const WORDS: Readonly<Record<string, (value: unknown, params: Readonly<Record<string, unknown>>) => string>> = {
  type: (value) => either((Array.isArray(value) ? value : [value]).map((type) => TYPES[String(type)] ?? String(type))),
  const: (value) => `equal to ${JSON.stringify(value)}`,
  enum: (value) => either((value as readonly unknown[]).map((one) => JSON.stringify(one))),
  pattern: () => 'written in the form that the documentation of this field shows',
  format: (value) => `written as ${String(value).replaceAll('-', ' ')}`,
  minimum: (value) => `${String(value)} or more`,
  maximum: (value) => `${String(value)} or less`,
  exclusiveMinimum: (value) => `more than ${String(value)}`,
  exclusiveMaximum: (value) => `less than ${String(value)}`,
  multipleOf: (value) => `a multiple of ${String(value)}`,
  minLength: (value) => `a text of at least ${String(value)} characters`,
  maxLength: (value) => `a text of at most ${String(value)} characters`,
  minItems: (value) => `a list of at least ${String(value)} items`,
  maxItems: (value) => `a list of at most ${String(value)} items`,
  uniqueItems: () => 'a list in which no item stands twice',
  contains: () => 'a list with an item of the kind that the documentation of this field shows',
  minProperties: (value) => `an object of at least ${String(value)} fields`,
  maxProperties: (value) => `an object of at most ${String(value)} fields`,
  required: (_value, { missingProperty }) => `an object with the field ${String(missingProperty)}`,
  dependentRequired: (_value, { missingProperty, property }) =>
    `an object with the field ${String(missingProperty)}, because it has ${String(property)}`,
  additionalProperties: (_value, { additionalProperty }) => `an object without the field ${String(additionalProperty)}`,
  unevaluatedProperties: (_value, { unevaluatedProperty }) =>
    `an object without the field ${String(unevaluatedProperty)}`,
  unevaluatedItems: () => 'a list without further items',
  items: () => 'a list without further items',
  propertyNames: () => 'an object whose fields have names that are allowed',
  'false schema': () => 'absent',
};

export function ruleWords(keyword: string, value: unknown, params: Readonly<Record<string, unknown>> = {}): string {
  // Of what combines schemas (not, oneOf, if …) only its documentation can say what is meant.
  return WORDS[keyword]?.(value, params) ?? 'as the documentation of this field says';
}

/** `a`, `a or b`, `a, b or c`. */
function either(choices: readonly string[]): string {
  if (choices.length < 2) return choices.join('');
  return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1) ?? ''}`;
}

/** A rule as earlier versions kept it in quarantine, in today's words. */
export function retold(rule: string): string {
  if (rule.startsWith('match pattern ')) return ruleWords('pattern', null);
  if (/^[a-z]+(?:,[a-z]+)+$/.test(rule)) return ruleWords('type', rule.split(','));
  const least = /^>= (\S+)$/.exec(rule)?.[1];
  return least === undefined ? rule : ruleWords('minimum', least);
}
