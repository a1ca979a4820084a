/**
 * The OpenAPI document, made of the schemas beside the columns and of those of the bodies that are posted. Served at
 * `/api/v1/openapi.json`; docs/openapi.json is the same for those who read the repository.
 */
import { DIMENSIONS } from '../../reports/callback-dimensions.js';
import {
  CALLBACK_DETAIL_SCHEMA,
  CALLBACK_SCHEMA,
  CAPACITY_SCHEMA,
  LEGACY_SCHEMA,
  MISSING_KEY_SCHEMA,
  STORY_SCHEMA,
  SUMMARY_SCHEMA,
} from '../../reports/callback-schemas.js';
import { COMPLIANCE_ROW_SCHEMA, COMPLIANCE_SCHEMA, COMPLIANCE_SESSION_SCHEMA } from '../../reports/compliance-rows.js';
import * as rows from '../../reports/row-schemas.js';
import {
  count,
  listOf,
  objectOf,
  type Properties,
  refTo,
  type Schema,
  text,
  withOptional,
} from '../../reports/schema.js';
import { administrationPaths } from './administration.js';
import { importPaths } from './imports.js';
import { callbackPaths } from './callbacks.js';
import { campaignPaths } from './campaign-groups.js';
import type { Node } from './operations.js';
import { PARAMETERS } from './parameters.js';
import { receivingPaths } from './receiving.js';
import { pagePaths, servicePaths } from './service.js';
import { REFUSED_POSTS_SCHEMA } from './setting-up.js';

export interface OpenApiOptions {
  readonly version: string;
  readonly basePath: string;
  /** The schema of what OCS posts: schemas/campaign-group-state.schema.json. */
  readonly notificationSchema: Node;
  readonly callbackSchema: Node;
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
    TransitionSummary: objectOf(rows.ACTIONS_SCHEMA),
    StatisticsRow: statistics,
    Session: objectOf(rows.SESSION_SCHEMA),
    Silence: objectOf(rows.SILENCE_SCHEMA),
    Compliance: objectOf(COMPLIANCE_SCHEMA),
    ComplianceRow: objectOf(COMPLIANCE_ROW_SCHEMA),
    ComplianceSession: objectOf(COMPLIANCE_SESSION_SCHEMA),
    CallingList: objectOf(rows.CALLING_LIST_SCHEMA),
    LastBody: objectOf(rows.LAST_BODY_SCHEMA),
    Callback: objectOf(CALLBACK_SCHEMA),
    CallbackDetail: objectOf(CALLBACK_DETAIL_SCHEMA),
    CallbackSummary: { ...objectOf(SUMMARY_SCHEMA), required: ['interval_start'] },
    CallbackStory: objectOf(STORY_SCHEMA),
    LegacyEvent: objectOf(LEGACY_SCHEMA),
    MissingKey: objectOf(MISSING_KEY_SCHEMA),
    Capacity: objectOf(CAPACITY_SCHEMA),
    Source: objectOf(rows.SOURCE_SCHEMA),
    Service: withOptional(objectOf({ ...rows.SERVICE_SCHEMA, refused: REFUSED_POSTS_SCHEMA }), rows.STALE_SCHEMA),
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
    items: listOf(
      { type: 'object' },
      'Of a body of several events one for each; of a replay that broke off, what became of the bodies before.',
    ),
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
    openapi: '3.2.0',
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
      ...importPaths(),
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
        NotFound: refusal('It does not exist.'),
        MethodNotAllowed: refusal('The address takes another method; see Allow.'),
        Misdirected: refusal('The name in Host is none that this service knows itself by (OCM_PUBLIC_NAMES).'),
        Timeout: refusal('The body was not complete in time.'),
        TooLarge: refusal('The body is too large; its first bytes are in quarantine.'),
        UnsupportedEncoding: refusal('Compressed bodies are not accepted.'),
        Unprocessable: refusal('It cannot be applied; it is in quarantine.'),
        TooManyRequests: refusal('Too many requests; see Retry-After. Posts are never refused for their number.'),
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
