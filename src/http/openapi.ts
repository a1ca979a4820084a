/**
 * The OpenAPI document, made of the schemas beside the columns and of those of the bodies that are posted. Served at
 * `/api/v1/openapi.json`; docs/openapi.json is the same for those who read the repository.
 */
import { DIMENSIONS } from '../reports/callback-dimensions.js';
import {
  CALLBACK_DETAIL_SCHEMA,
  CALLBACK_SCHEMA,
  CAPACITY_SCHEMA,
  MISSING_KEY_SCHEMA,
  STORY_SCHEMA,
  SUMMARY_SCHEMA,
} from '../reports/callback-schemas.js';
import * as rows from '../reports/row-schemas.js';
import {
  count,
  flag,
  listOf,
  objectOf,
  oneOf,
  orNull,
  type Properties,
  refTo,
  type Schema,
  text,
  time,
} from '../reports/schema.js';
import { PARAMETERS, type ParameterName } from './openapi-parameters.js';
import { receivingPaths } from './openapi-receiving.js';
import { ARRIVALS_SCHEMA, FIRST_STEPS_SCHEMA } from './openapi-setting-up.js';

type Node = Readonly<Record<string, unknown>>;

export interface OpenApiOptions {
  readonly version: string;
  readonly basePath: string;
  /** The schema of what OCS posts: schemas/campaign-group-state.schema.json. */
  readonly notificationSchema: Node;
  readonly callbackSchema: Node;
}

const json = (schema: Schema): Node => ({ 'application/json': { schema } });
const problem = (name: string): Node => ({ $ref: `#/components/responses/${name}` });
/** What any question may be answered with. */
const REFUSALS = {
  '400': problem('BadRequest'),
  '401': problem('Unauthorized'),
  '429': problem('TooManyRequests'),
  '500': problem('Internal'),
  '503': problem('Unavailable'),
};
const NOT_FOUND = { '404': problem('NotFound') };
const SECURITY = [{ bearer: [] }, { basic: [] }, { session: [] }];

interface Question {
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly parameters?: readonly ParameterName[];
  readonly description?: string;
}

function operation({ id, tag, summary, parameters = [], description }: Question, responses: Node): Node {
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: SECURITY,
    parameters: parameters.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    responses: { ...responses, ...REFUSALS },
  };
}

/** One object by its id. */
function one(question: Question, schema: Schema): Node {
  return { get: operation(question, { '200': { description: 'It.', content: json(schema) }, ...NOT_FOUND }) };
}

interface ListOptions {
  /** Members beside `items`. */
  readonly more?: Properties;
  /** All items in one answer. */
  readonly isWhole?: boolean;
  readonly isMissable?: boolean;
}

/** A page of a list, as JSON or CSV. */
function list(question: Question, item: string, { more = {}, isWhole = false, isMissable }: ListOptions = {}): Node {
  const page = objectOf({
    items: listOf(refTo(item), isWhole ? 'All of them.' : 'One page.'),
    next_cursor: orNull(text('To be given as `cursor` for the next page; null on the last one.')),
    ...more,
  });
  const content = { ...json(page), 'text/csv': { schema: text('The same columns; empty for null.') } };
  const headers = {
    ETag: { description: 'Tag of the content; only with JSON.', schema: { type: 'string' } },
    Link: { description: 'The next page, as `rel="next"`.', schema: { type: 'string' } },
  };
  const parameters: ParameterName[] = isWhole ? ['format'] : ['format', 'limit', 'cursor'];
  const asked = { ...question, parameters: [...(question.parameters ?? []), ...parameters] };
  const description = isWhole ? 'All of them.' : 'One page, newest first where not said otherwise.';
  return {
    get: operation(asked, {
      '200': { description, headers, content },
      '304': { description: 'Unchanged since the ETag in If-None-Match.' },
      ...((isMissable ?? question.parameters?.includes('id')) && NOT_FOUND),
    }),
  };
}

function campaignPaths(): Node {
  const tag = 'campaign groups';
  const range = ['from', 'to', 'tz'] as const;
  const narrowed = ['source', 'state', 'action', 'inferred'] as const;
  const filters = ['state', 'tenant', 'source', 'campaign', 'group', 'template', 'queue', 'q'] as const;
  return {
    '/api/v1/campaign-groups': list(
      { id: 'listCampaignGroups', tag, summary: 'Campaign groups as they stand, by name', parameters: filters },
      'CampaignGroup',
    ),
    '/api/v1/campaign-groups/{id}': one(
      { id: 'getCampaignGroup', tag, summary: 'One campaign group', parameters: ['id'] },
      refTo('CampaignGroup'),
    ),
    '/api/v1/campaign-groups/{id}/transitions': list(
      { id: 'listTransitionsOfGroup', tag, summary: 'Its transitions', parameters: ['id', ...range, ...narrowed] },
      'Transition',
    ),
    '/api/v1/campaign-groups/{id}/statistics': list(
      {
        id: 'listStatistics',
        tag,
        summary: 'Its statistics, as samples or in steps',
        description:
          'Without `step` every sample as it was sent. With it one row a step: least, mean, greatest and last of its samples, never an average of averages.',
        parameters: ['id', ...range, 'step'],
      },
      'StatisticsRow',
    ),
    '/api/v1/campaign-groups/{id}/sessions': list(
      { id: 'listSessions', tag, summary: 'Its sessions: from a load to the unload', parameters: ['id', ...range] },
      'Session',
    ),
    '/api/v1/campaign-groups/{id}/calling-lists': list(
      { id: 'listCallingLists', tag, summary: 'The newest figures of its calling lists, by name', parameters: ['id'] },
      'CallingList',
    ),
    '/api/v1/campaign-groups/{id}/last-body': one(
      { id: 'getLastBody', tag, summary: 'The last body of it, as it was received', parameters: ['id'] },
      refTo('LastBody'),
    ),
    '/api/v1/transitions': list(
      {
        id: 'listTransitions',
        tag,
        summary: 'Transitions of all campaign groups',
        parameters: [...range, ...narrowed],
      },
      'Transition',
    ),
  };
}

function callbackPaths(): Node {
  const tag = 'callbacks';
  const range = ['from', 'to', 'tz'] as const;
  const filters = ['tenant', 'source', 'queue', 'channel'] as const;
  const finders = ['callback_state', 'interaction', 'ors_session', 'phone_hash', 'open', 'due'] as const;
  const outside = objectOf({ accepted: count('Accepted.'), due: count('Due.'), waiting: count('Waiting.') });
  return {
    '/api/v1/callbacks': list(
      { id: 'listCallbacks', tag, summary: 'Callbacks', parameters: [...filters, ...finders, ...range] },
      'Callback',
    ),
    '/api/v1/callbacks/summary': list(
      {
        id: 'summarizeCallbacks',
        tag,
        summary: 'Finished callbacks, counted by interval and dimensions',
        parameters: [...filters, ...range, 'by'],
      },
      'CallbackSummary',
    ),
    '/api/v1/callbacks/details': list(
      {
        id: 'listCallbackDetails',
        tag,
        summary: 'Finished callbacks, one line each',
        parameters: [...filters, ...range],
      },
      'CallbackDetail',
    ),
    '/api/v1/callbacks/missing-keys': list(
      { id: 'listMissingKeys', tag, summary: 'Mandatory keys that events lack', parameters: range },
      'MissingKey',
    ),
    '/api/v1/callbacks/capacity': list(
      { id: 'listCapacity', tag, summary: 'Callbacks against the agents there are', parameters: range },
      'Capacity',
      { more: { outside }, isWhole: true, isMissable: true },
    ),
    '/api/v1/callbacks/{service_id}': one(
      { id: 'getCallback', tag, summary: 'The whole story of one callback', parameters: ['service_id', 'source'] },
      refTo('CallbackStory'),
    ),
  };
}

function servicePaths(): Node {
  const tag = 'service';
  const plain = (description: string, type: string, schema: Schema): Node => ({
    '200': { description, content: { [type]: { schema } } },
  });
  const metrics = (id: string, summary: string) => ({
    get: {
      ...operation({ id, tag, summary }, plain('Text format 0.0.4.', 'text/plain', text('Metrics.'))),
    },
  });
  const open = (id: string, summary: string, responses: Node) => ({
    get: { operationId: id, tags: [tag], summary, security: [], responses },
  });
  const ready = objectOf({
    ready: flag('Whether posts can be made durable.'),
    pids: objectOf({ parent: orNull(count('The supervisor, if any.')), child: count('The process that answers.') }),
  });
  const health = {
    ...ready,
    properties: {
      ...(ready as { properties: Properties }).properties,
      why: text('What is wrong.'),
      moved_aside: listOf(
        text('A file name.'),
        'Damaged databases that lie beside the present one; absent when none does.',
      ),
    },
  } as Schema;
  return {
    '/api/v1/sources': list({ id: 'listSources', tag, summary: 'Where posts come from' }, 'Source', { isWhole: true }),
    '/api/v1/service': {
      get: operation(
        { id: 'getService', tag, summary: 'What the service says of itself' },
        { '200': { description: 'It.', content: json(refTo('Service')) } },
      ),
    },
    '/api/v1/first-steps': {
      get: operation(
        { id: 'getFirstSteps', tag, summary: 'What to set where so that a sender posts here', parameters: ['source'] },
        {
          '200': { description: 'Options with their values for this installation.', content: json(FIRST_STEPS_SCHEMA) },
        },
      ),
    },
    '/api/v1/arrivals': {
      get: operation(
        { id: 'getArrivals', tag, summary: 'What has come lately, and what was wrong with it' },
        { '200': { description: 'Refused and accepted posts.', content: json(ARRIVALS_SCHEMA) } },
      ),
    },
    '/api/v1/stream': { get: streamOperation(tag) },
    '/api/v1/openapi.json': {
      get: operation(
        { id: 'getOpenApi', tag, summary: 'This document' },
        {
          '200': { description: 'It.', content: json({ type: 'object', description: 'An OpenAPI 3.1 document.' }) },
          '304': { description: 'Unchanged.' },
        },
      ),
    },
    '/metrics': metrics('getMetrics', 'Metrics for Prometheus'),
    '/metrics/domain': metrics('getDomainMetrics', 'Metrics of campaign groups and callbacks only'),
    '/healthz': open('getHealth', 'Whether the process is alive', {
      '200': { description: 'It is.', content: json(objectOf({ status: text('alive') })) },
    }),
    '/readyz': open('getReadiness', 'Whether posts can be made durable', {
      '200': { description: 'They can.', content: json(health) },
      '503': { description: 'They cannot.', content: json(health) },
    }),
  };
}

function streamOperation(tag: string): Node {
  const withdrawn = { ...rows.TRANSITION_SCHEMA, withdrawn: flag('Later evidence disproved it. Not there otherwise.') };
  return {
    ...operation(
      {
        id: 'followStream',
        tag,
        summary: 'What happens, as server-sent events',
        description:
          'Events: `transition` (an item of /transitions; of one that later evidence disproved once more, with `withdrawn`), `statistics` (an item of /campaign-groups), `callback`, `quarantine`, and `reset`: reload the lists. A comment every 15 seconds. Who resumes is told everything that changed since, some of it twice; a client that reads too slowly is disconnected and resumes.',
        parameters: ['events', 'last_event_id', 'Last-Event-ID'],
      },
      {
        '200': {
          description: 'Events until either side ends the connection.',
          content: { 'text/event-stream': { schema: text('Server-sent events.') } },
        },
      },
    ),
    'x-events': {
      transition: { ...objectOf(withdrawn), required: Object.keys(rows.TRANSITION_SCHEMA) },
      statistics: refTo('CampaignGroup'),
      callback: refTo('Callback'),
      quarantine: refTo('Quarantined'),
      reset: objectOf({}),
    },
  };
}

function administrationPaths(): Node {
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
      quarantined_bodies: count('Bodies in quarantine.'),
    }),
  });
  const session = objectOf({
    anonymous: flag('Whether everybody may read.'),
    expires_at: orNull(time('When the session ends; null: there is none.')),
  });
  const rights = objectOf({
    anonymous: flag('Whether everybody may read.'),
    reader: flag('Whether this request may read.'),
    admin: flag('Whether it may administer.'),
  });
  const forbidden = { '403': problem('Forbidden') };
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
          '200': { description: 'Tokens, networks and certificates were read anew in place.', content: json(reread) },
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

function pagePaths(): Node {
  const page = (id: string, summary: string) => ({
    get: {
      operationId: id,
      tags: ['service'],
      summary,
      security: [],
      responses: { '200': { description: 'A page.', content: { 'text/html': { schema: text('HTML.') } } } },
    },
  });
  const live = page('getPage', 'The live page');
  const responses = {
    ...live.get.responses,
    '304': { description: 'Not changed: If-None-Match names what is served.' },
    '308': { description: 'Below a base path: the page stands at the URL with the slash.' },
  };
  return { '/': { get: { ...live.get, responses } }, '/docs': page('getDocs', 'This document, to read') };
}

function schemas({ notificationSchema, callbackSchema }: OpenApiOptions): Node {
  const { notification, callback, quarantined } = rows.RECEIPT_SCHEMAS;
  const statistics: Schema = {
    description: 'A sample, or a step when `step` is given.',
    anyOf: [objectOf(rows.SAMPLE_SCHEMA), objectOf(rows.STEP_SCHEMA)],
  };
  return {
    CampaignGroup: objectOf(rows.CAMPAIGN_GROUP_SCHEMA),
    Transition: objectOf(rows.TRANSITION_SCHEMA),
    StatisticsRow: statistics,
    Session: objectOf(rows.SESSION_SCHEMA),
    CallingList: objectOf(rows.CALLING_LIST_SCHEMA),
    LastBody: objectOf(rows.LAST_BODY_SCHEMA),
    Callback: objectOf(CALLBACK_SCHEMA),
    CallbackDetail: objectOf(CALLBACK_DETAIL_SCHEMA),
    CallbackSummary: { ...objectOf(SUMMARY_SCHEMA), required: ['interval_start'] },
    CallbackStory: objectOf(STORY_SCHEMA),
    MissingKey: objectOf(MISSING_KEY_SCHEMA),
    Capacity: objectOf(CAPACITY_SCHEMA),
    Source: objectOf(rows.SOURCE_SCHEMA),
    Service: objectOf(rows.SERVICE_SCHEMA),
    Quarantined: objectOf(rows.QUARANTINE_SCHEMA),
    QuarantinedBody: objectOf(rows.QUARANTINED_BODY_SCHEMA),
    AuditEntry: objectOf(rows.AUDIT_SCHEMA),
    ReplayItem: objectOf(rows.REPLAY_ITEM_SCHEMA),
    Violation: { ...objectOf(rows.VIOLATION_SCHEMA), required: ['field', 'rule'] },
    NotificationReceipt: receipt(notification),
    CallbackReceipt: receipt(callback),
    QuarantineReceipt: objectOf(quarantined),
    Problem: problemSchema(),
    CampaignGroupState: without(notificationSchema, ['$schema', '$id']),
    CallbackEvent: without(callbackSchema, ['$schema', '$id']),
  };
}

function receipt(properties: Properties): Schema {
  const warnings = listOf(refTo('Violation'), 'What was odd and applied all the same. Not there when nothing was.');
  return { ...objectOf({ ...properties, warnings }), required: Object.keys(properties) };
}

function problemSchema(): Schema {
  const members = {
    type: text('A URN that names the kind of problem.', { format: 'uri' }),
    title: text('The kind, for people.'),
    status: count('The status of the answer.'),
    detail: text('What to do about it.'),
  };
  const more = {
    violations: listOf(refTo('Violation'), 'Everything that is wrong with the body.'),
    quarantine_id: text('Where the body is kept.'),
    items: listOf({ type: 'object' }, 'Of a body of several events one for each.'),
  };
  return { ...objectOf({ ...members, ...more }, 'RFC 9457.'), required: Object.keys(members) };
}

function without(schema: Node, names: readonly string[]): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !names.includes(name)));
}

function refusal(description: string): Node {
  return { description, content: { 'application/problem+json': { schema: refTo('Problem') } } };
}

export function openApiDocument(options: OpenApiOptions): Node {
  const { version, basePath } = options;
  return {
    openapi: '3.1.1',
    info: {
      title: 'ocs-campaign-monitor',
      version,
      description:
        'Receives what Genesys Outbound Contact Server and Genesys Callback post, keeps it, and shows it. Names are snake_case, times ISO 8601 UTC with milliseconds; what is not known is null. Every refusal is a problem document (RFC 9457).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    tags: [
      { name: 'campaign groups', description: 'Campaign groups, their history and their figures.' },
      { name: 'callbacks', description: `Callbacks and reports on them; summaries by ${DIMENSIONS.join(', ')}.` },
      { name: 'service', description: 'The service itself, its metrics and its health.' },
      { name: 'administration', description: 'Quarantine, audit log, signing in.' },
      { name: 'receiving', description: 'Where Outbound Contact Server and Callback post.' },
    ],
    paths: {
      ...campaignPaths(),
      ...callbackPaths(),
      ...servicePaths(),
      ...administrationPaths(),
      ...pagePaths(),
      ...receivingPaths(),
    },
    components: {
      schemas: schemas(options),
      parameters: PARAMETERS,
      responses: {
        BadRequest: refusal('A parameter or the body cannot be read.'),
        Unauthorized: refusal('No or wrong secret.'),
        Forbidden: refusal('This address, or a page of another origin, may not do this.'),
        NotFound: refusal('There is no such thing.'),
        MethodNotAllowed: refusal('The right address, but it takes POST.'),
        TooLarge: refusal('The body is too large; its first bytes are in quarantine.'),
        UnsupportedEncoding: refusal('Compressed bodies are not accepted.'),
        Unprocessable: refusal('It cannot be applied; it is in quarantine.'),
        TooManyRequests: refusal('Asked too often; see Retry-After. Posts are never refused for that.'),
        Internal: refusal('A fault of this service.'),
        Unavailable: refusal('Not possible right now; see Retry-After.'),
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A configured token.' },
        basic: { type: 'http', scheme: 'basic', description: 'A configured token as the password.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'ocm_session',
          description: "The cookie of the page's sign-in.",
        },
        key: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'Posts only.' },
        query: { type: 'apiKey', in: 'query', name: 'token', description: 'Posts only.' },
        certificate: { type: 'mutualTLS', description: 'Posts only, where OCM_TLS_CLIENT_CA is set.' },
      },
    },
  };
}
