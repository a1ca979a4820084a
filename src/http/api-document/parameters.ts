/** The parameters of the API, for its document. */
import { ABANDONED_RECORD, CALLBACK_STATES, DUE_KINDS } from '../../domain/callback.js';
import { QUARANTINE_REASONS } from '../../domain/quarantine.js';
import { STATES } from '../../domain/vocabulary.js';
import { DIMENSIONS } from '../../reports/callback-dimensions.js';
import { STREAM_EVENTS } from '../stream-client.js';

const asked = (name: string, description: string, schema: object = { type: 'string' }, more: object = {}) => ({
  name,
  in: 'query',
  description,
  schema,
  ...more,
});
const inPath = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});
const yesOrNo = { type: 'string', enum: ['true', 'false'] };

export const PARAMETERS = {
  id: inPath('id', 'Id of the campaign group.'),
  quarantine_id: inPath('id', 'Id of the body.'),
  hold_id: inPath('id', 'Id of the hold.'),
  import_id: inPath('id', 'Id of the import, as it was begun.'),
  service_id: inPath('service_id', '_CB_SERVICE_ID of the callback.'),
  token: inPath('token', 'An ingest token, percent-encoded.'),
  path_source: inPath('source', 'Name of the sending OCS or environment: 1 to 64 of A-Z a-z 0-9 . _ -'),
  source: asked('source', 'Only of this source.'),
  tenant: asked(
    'tenant',
    'Only of the tenant of this name (of callbacks: or DBID). Names are equal however their characters are composed.',
  ),
  state: asked(
    'state',
    `Only in this state, of transitions: only into it. One of ${STATES.join(', ')}, or a word of the site's own; unknown for every number without a word.`,
  ),
  callback_state: asked(
    'state',
    `Only in this state: one of ${CALLBACK_STATES.join(', ')}, unknown, ${ABANDONED_RECORD}.`,
  ),
  action: asked('action', 'Only after this action; none for the inferred ones.'),
  inferred: asked('inferred', 'Only inferred ones, or only others.', yesOrNo),
  campaign: asked('campaign', 'Only of the campaign of this name.'),
  group: asked('group', 'Only of the agent or place group of this name.'),
  template: asked('template', 'Only made from the template of this name.'),
  queue: asked('queue', 'Only of the queue of this name.'),
  channel: asked('channel', 'Only of this channel.'),
  q: asked(
    'q',
    'Only those whose name or DBID contains this, whatever the case and the composition of characters; accents count.',
  ),
  interaction: asked('interaction', 'Only the callback that this interaction belongs to.'),
  ors_session: asked('ors_session', 'Only of this ORS session.'),
  phone_hash: asked('phone_hash', 'Only of this hash of the number to call, or of the caller’s.'),
  open: asked('open', 'Only open ones, or only others.', yesOrNo),
  due: asked('due', 'Only those that are due so.', { type: 'string', enum: [...DUE_KINDS, 'overdue', 'any', 'true'] }),
  reason: asked('reason', 'Only refused for this reason.', { type: 'string', enum: [...QUARANTINE_REASONS] }),
  replayed: asked('replayed', 'With those that were replayed.', yesOrNo),
  from: asked(
    'from',
    'Begin of the range, which belongs to it: ISO 8601 (`2026-11-20T08:00:00Z`, `2026-11-20T09:00`, `2026-11-20`, the week `2026-W47`) or epoch seconds; 24 hours ago.',
  ),
  to: asked('to', 'End of the range, likewise; open. It does not belong to the range.'),
  step: asked('step', 'Length of a step: a duration like `10s`, `5m`, `1h`, `1d`.'),
  tz: asked(
    'tz',
    'IANA time zone: by whose clock steps, days, weeks (ISO) and months begin, and times without an offset are meant; UTC. Where it is said, CSV shows each time by this clock too.',
  ),
  by: asked('by', `What to count by, separated by commas: ${DIMENSIONS.join(', ')}. One interval at most; day.`),
  format: asked('format', 'JSON or CSV; without it by the Accept header, where that prefers text/csv.', {
    type: 'string',
    enum: ['json', 'csv'],
    default: 'json',
  }),
  bom: asked('bom', 'CSV begins with a byte order mark, by which spreadsheets know UTF-8; false.', yesOrNo),
  limit: asked('limit', 'Items of a page. CSV is all items of the range, unless this is said.', {
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 100,
  }),
  cursor: asked('cursor', 'Where the page begins: `next_cursor` of the page before.'),
  events: asked('events', 'Only these events, separated by commas.', {
    type: 'string',
    examples: [STREAM_EVENTS.join(',')],
  }),
  last_event_id: asked('last_event_id', 'As the header Last-Event-ID, for clients that cannot set it.'),
  'Last-Event-ID': {
    name: 'Last-Event-ID',
    in: 'header',
    description: 'Id of the last event that was received: what changed since is sent first.',
    schema: { type: 'string' },
  },
} as const;

export type ParameterName = keyof typeof PARAMETERS;
