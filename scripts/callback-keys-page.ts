/** docs/callback-keys.md: the registry of callback key-value pairs as a page for those who send or query them. */
import { BASE_VERSION, type KeyType } from '../src/gms/key-value-pair.js';
import { ATTACHED_FIELDS, FIELDS, MANDATORY_FIELDS, pairOf } from '../src/gms/key-value-pairs.js';
import { code, NOTE, table } from './markdown.js';

/** What a value of each type looks like. */
const FORMS: Readonly<Record<KeyType, string>> = {
  integer: 'whole number',
  timestamp: 'time, UTC seconds',
  seconds: 'duration, seconds',
  flag: '0 or 1',
  word: 'word',
  text: 'text',
};

const PAIRS = FIELDS.map(pairOf);

function keyRows(): string[][] {
  return PAIRS.map(({ name, type, mandatory, attached, parameter, infoMart, since, personal, help }) => [
    code(name),
    FORMS[type],
    [mandatory ? 'mandatory' : '', attached ? 'attached' : '', personal ? 'personal' : '']
      .filter((note) => note !== '')
      .join(', '),
    code(parameter ?? ''),
    infoMart?.columns.map((column) => code(`${infoMart.table}.${column}`)).join(', ') ?? 'none',
    since === null ? 'unknown' : (since ?? BASE_VERSION).replace('GMS ', ''),
    help,
  ]);
}

/** Keys that share their words share a row. */
function wordRows(): string[][] {
  const keysOf = new Map<string, string[]>();
  for (const { name, words } of PAIRS) {
    if (words === undefined) continue;
    const text = words.map(code).join(', ');
    keysOf.set(text, [...(keysOf.get(text) ?? []), code(name)]);
  }
  return [...keysOf].map(([text, keys]) => [keys.join(', '), text]);
}

const namesOf = (fields: typeof FIELDS) => fields.map((field) => code(pairOf(field).name)).join(', ');

export function callbackKeysPage(): string {
  return `${NOTE}

# Callback keys

The ${PAIRS.length} key-value pairs of a callback record. How to send them: [callback-setup.md](callback-setup.md).

- **Mandatory** in each event: ${namesOf(MANDATORY_FIELDS)}. Info Mart makes no record without them.
- **Attached** to the call too: ${namesOf(ATTACHED_FIELDS)}.
- **Personal**: holds a number of the customer.
- Values come as numbers or as texts. \`undefined\`, \`null\` and empty count as absent.
- A time of 0 counts as absent. In an optional numeric key 0 is what Info Mart writes for nothing; in a mandatory one that is
  no time it is a value.
- **Request parameter**: the spelling in the request that starts a callback. Both spellings are read here.
- **Since**: the version of GMS that sends it first. Reporting began with ${BASE_VERSION.replace('GMS ', '')}.
- A key that is not listed is kept.

${table(['Key', 'Value', 'Notes', 'Request parameter', 'Info Mart', 'Since', 'What it says'], keyRows())}

## Words

Compared without regard to case, hyphens, underscores and spaces. Other words are kept as they are.

${table(['Key', 'Words'], wordRows())}
`;
}
