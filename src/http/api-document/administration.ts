/** What only administrators may do, and signing in, in the document. */
import { count, flag, listOf, objectOf, oneOf, orNull, refTo, type Schema, text, time } from '../../reports/schema.js';
import { CERTIFICATE_SCHEMA } from '../../reports/customer-view.js';
import { RETENTION_SCHEMA } from '../../reports/row-schemas.js';
import { json, list, NOT_FOUND, type Node, one, operation, problem } from './operations.js';

export function administrationPaths(): Node {
  const tag = 'administration';
  const body = (schema: Schema): Node => ({ required: true, content: json(schema) });
  const request: Schema = {
    type: 'object',
    additionalProperties: false,
    properties: {
      ids: listOf(text('An id.'), 'Left out: all that are held.'),
      source: text('Only of this source.'),
      reason: text('Only of this reason.'),
      dry_run: flag('Say what would happen, and change nothing.'),
    },
  };
  const replayed = objectOf({
    dry_run: flag('Whether nothing was changed.'),
    items: listOf(refTo('ReplayItem'), 'One for each body.'),
    not_held: listOf(text('An id.'), 'Ids asked for that are not held.'),
    failed: {
      ...objectOf({ title: text('What failed.'), detail: text('Why, and what was done before.') }),
      type: ['object', 'null'],
      description: 'Why it broke off after the first part of a long answer had been sent; null when it is complete.',
    },
  });
  const reread = objectOf({
    outcome: oneOf(['reread'], 'What was done.'),
    needs_restart: listOf(text('A setting.'), 'Settings that changed too and wait for a restart.'),
  });
  const replacing = objectOf({
    outcome: oneOf(['replacing'], 'What is done.'),
    successor: count('The process that takes over.'),
    drain_ms: count('How long this process may drain before, in milliseconds.'),
  });
  const toForget: Schema = {
    type: 'object',
    additionalProperties: false,
    properties: {
      group: text('Id of a campaign group; this or a source.'),
      source: text('A source.'),
      dry_run: flag('Say what would be removed, and remove nothing.'),
    },
  };
  const forgotten = objectOf({
    dry_run: flag('Whether nothing was removed.'),
    removed: objectOf({
      campaign_groups: count('Campaign groups.'),
      notifications: count('Their notifications.'),
      transitions: count('Their transitions.'),
      callbacks: count('Callbacks.'),
      callback_events: count('Their events.'),
      attached_data: count('Their attached data.'),
      status_notifications: count('Their status notifications.'),
      legacy_callback_events: count('Legacy callback events.'),
      quarantined_bodies: count('Bodies in quarantine.'),
    }),
  });
  const customer: Schema = {
    type: 'object',
    additionalProperties: false,
    properties: {
      customer: text('A telephone number, the country first; this or a hash.'),
      customer_hash: text('Its keyed hash, as /api/v1/phone-hash says it.'),
      dry_run: flag('Say where the customer stands, and change nothing.'),
    },
  };
  const holdParts = {
    id: text('By which it is released.'),
    source: orNull(text('The source that it keeps; null: it is about a group.')),
    group: orNull(text('Id of the campaign group that it keeps; null: it is about a source.')),
    until: time('When it ends by itself.'),
    why: text('What it is for.'),
    made_at: time('When it was made.'),
  };
  const hold = objectOf(holdParts);
  const madeHold = objectOf({
    ...holdParts,
    nothing_stored: flag('Whether nothing is stored so far of what it keeps: its name may be mistyped.'),
  });
  const toHold: Schema = {
    type: 'object',
    additionalProperties: false,
    required: ['until', 'why'],
    properties: {
      group: text('Id of a campaign group; this or a source.'),
      source: text('A source.'),
      until: text('A time ahead like 2027-03-31, or a duration like 90d.'),
      why: text('What it is for.'),
    },
  };
  const session = objectOf({
    anonymous: flag('Whether everybody may read.'),
    expires_at: orNull(time('When the session ends; null: there is none.')),
  });
  const rights = objectOf({
    anonymous: flag('Whether everybody may read.'),
    reader: flag('Whether this request may read.'),
    admin: flag('Whether it may administer.'),
  });
  const forbidden = { '403': problem('Forbidden'), '415': problem('UnsupportedEncoding') };
  const open = { security: [{}] };
  return {
    '/api/v1/quarantine': list(
      {
        id: 'listQuarantine',
        tag,
        summary: 'Bodies that could not be applied, by their first receipt',
        parameters: ['source', 'reason', 'replayed'],
      },
      'Quarantined',
    ),
    '/api/v1/quarantine/{id}': one(
      { id: 'getQuarantined', tag, summary: 'One of them, with its body', parameters: ['quarantine_id'] },
      refTo('QuarantinedBody'),
    ),
    '/api/v1/quarantine/replay': {
      post: {
        ...operation(
          { id: 'replayQuarantine', tag, summary: 'Apply them again, under the present schema' },
          { '200': { description: 'What became of each.', content: json(replayed) }, ...forbidden },
        ),
        requestBody: { required: false, content: json(request) },
      },
    },
    '/api/v1/reload': {
      post: operation(
        { id: 'reload', tag, summary: 'Go on under the settings as they are now' },
        {
          '200': { description: 'Tokens, networks and certificates were read again in place.', content: json(reread) },
          '202': { description: 'A successor is prepared and takes over.', content: json(replacing) },
          ...forbidden,
        },
      ),
    },
    '/api/v1/forget': {
      post: {
        ...operation(
          { id: 'forget', tag, summary: 'Remove a campaign group, or all of a source, for good' },
          {
            '200': { description: 'What was, or would be, removed.', content: json(forgotten) },
            ...forbidden,
            ...NOT_FOUND,
          },
        ),
        requestBody: body(toForget),
      },
    },
    '/api/v1/forget/customer': {
      post: {
        ...operation(
          {
            id: 'forgetCustomer',
            tag,
            summary: 'Take a customer out of all that is held; callbacks and measures stay',
          },
          {
            '200': { description: 'What was looked through and done.', content: json(CERTIFICATE_SCHEMA) },
            ...forbidden,
          },
        ),
        requestBody: body(customer),
      },
    },
    '/api/v1/retention': {
      post: operation(
        {
          id: 'runRetention',
          tag,
          summary: 'Remove now what is older than it is kept, as the service does every hour',
        },
        {
          '200': { description: 'What is kept, and what was removed.', content: json(RETENTION_SCHEMA) },
          ...forbidden,
        },
      ),
    },
    '/api/v1/holds': {
      get: operation(
        { id: 'listHolds', tag, summary: 'What retention must not remove' },
        {
          '200': {
            description: 'In the order in which they were made.',
            content: json(objectOf({ items: listOf(hold, 'Holds.') })),
          },
          ...forbidden,
        },
      ),
      post: {
        ...operation(
          { id: 'hold', tag, summary: 'Keep all of a campaign group, or of a source, until a moment' },
          { '201': { description: 'The hold.', content: json(madeHold) }, '404': problem('NotFound'), ...forbidden },
        ),
        requestBody: body(toHold),
      },
    },
    '/api/v1/holds/{id}': {
      delete: operation(
        { id: 'releaseHold', tag, summary: 'End a hold', parameters: ['hold_id'] },
        { '204': { description: 'Released.' }, ...forbidden, ...NOT_FOUND },
      ),
    },
    '/api/v1/audit-log': list({ id: 'listAuditLog', tag, summary: 'What administrators did' }, 'AuditEntry'),
    '/api/v1/session': {
      get: {
        ...operation(
          { id: 'getSession', tag, summary: 'What a request may do' },
          { '200': { description: 'That.', content: json(rights) } },
        ),
        ...open,
      },
      post: {
        ...operation(
          { id: 'signIn', tag, summary: 'Sign in: sets a cookie that holds no token' },
          { '200': { description: 'Signed in.', content: json(session) }, ...forbidden },
        ),
        ...open,
        requestBody: body(objectOf({ token: text('A read or admin token.') })),
      },
      delete: {
        ...operation(
          { id: 'signOut', tag, summary: 'Sign out' },
          { '204': { description: 'Signed out.' }, ...forbidden },
        ),
        ...open,
      },
    },
  };
}
