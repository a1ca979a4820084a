/** Imports, in the document. */
import { MAX_IMPORT_ITEMS } from '../../domain/import.js';
import { IMPORTED_FROM } from '../../domain/origin.js';
import { ENDPOINTS, QUARANTINE_REASONS } from '../../domain/quarantine.js';
import { CALLBACK_OUTCOMES, OUTCOMES } from '../../domain/store.js';
import {
  bytes,
  count,
  flag,
  listOf,
  objectOf,
  oneOf,
  orNull,
  refTo,
  type Schema,
  text,
  time,
} from '../../reports/schema.js';
import { json, NOT_FOUND, type Node, operation, problem } from './operations.js';

export function importPaths(): Node {
  const tag = 'administration';
  const forbidden = { '403': problem('Forbidden'), '415': problem('UnsupportedEncoding') };
  const body = (schema: Schema): Node => ({ required: true, content: json(schema) });
  return {
    '/api/v1/imports': {
      post: {
        ...operation(
          { id: 'beginImport', tag, summary: 'Begin to bring in what did not come by posts' },
          {
            '201': { description: 'It goes on.', content: json(objectOf({ id: text('Of the import.') })) },
            ...forbidden,
          },
        ),
        requestBody: body(ABOUT),
      },
    },
    '/api/v1/imports/{id}/items': {
      post: {
        ...operation(
          { id: 'importItems', tag, summary: 'A batch of it, in one transaction', parameters: ['import_id'] },
          { '200': { description: 'What became of each.', content: json(TAKEN) }, ...forbidden, ...NOT_FOUND },
        ),
        requestBody: body(ITEMS),
      },
    },
    '/api/v1/imports/{id}/end': {
      post: operation(
        { id: 'endImport', tag, summary: 'End it: the audit log says what it came to', parameters: ['import_id'] },
        { '200': { description: 'That.', content: json(ENDED) }, ...forbidden, ...NOT_FOUND },
      ),
    },
  };
}

const ABOUT: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['what'],
  properties: {
    what: text('What is imported, for the audit log.', { examples: ['notifications'] }),
    files: listOf(text('A name.'), 'The files it comes from, for the audit log.'),
    source: orNull(text('The source of which all is, for the audit log; null: as the items say.')),
    dry_run: flag('Say what would become of everything, and keep nothing.'),
    raise_horizon: flag('Take evidence however old it is, though retention removed what lay beside it.'),
    take_back: flag(
      'Take back what a log or a table told (origin ocs-log, icon), as if it had never been; imported counts what was.',
    ),
  },
};

const ITEM: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['endpoint', 'source', 'origin', 'body'],
  properties: {
    endpoint: oneOf(ENDPOINTS, 'Where it would have been posted to.'),
    source: text('Name of the sending OCS or environment.'),
    origin: oneOf(IMPORTED_FROM, 'Where it comes from.'),
    received_at: orNull(time('When it was received; null: not known, then what it says of its own time counts.')),
    body: text('Its bytes, one character a byte (latin1).'),
    oversize: {
      ...objectOf({ size: bytes('Of the whole body.'), digest: text('Of it.') }),
      description: 'Said when the body is only the first part of one that is too large.',
    },
  },
};

const ITEMS: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['items'],
  properties: { items: { ...listOf(ITEM, 'At least one.'), maxItems: MAX_IMPORT_ITEMS } },
};

const TAKEN = objectOf({
  items: listOf(
    {
      type: 'object',
      required: ['outcome'],
      properties: {
        outcome: oneOf(
          [...new Set([...OUTCOMES, ...CALLBACK_OUTCOMES, 'legacy', 'quarantined', 'batch'])],
          'What became of it. Nothing that counts posts has moved.',
        ),
        id: text('Of a body in quarantine.'),
        reason: oneOf(QUARANTINE_REASONS, 'Why it was quarantined.'),
        violations: listOf(refTo('Violation'), 'Everything that is wrong with it.'),
        items: listOf({ type: 'object' }, 'Of several events in one body: the same of each.'),
      },
    },
    'One an item, in order.',
  ),
});

const ENDED = objectOf({
  imported: count('What was new.'),
  duplicates: count('What was held already.'),
  legacy: count('Events from before there were callback records, kept beside them.'),
  quarantined: count('What is invalid, and kept in quarantine.'),
});
