/** The service itself in the document: sources, first steps, the stream, metrics, health and pages. */
import * as rows from '../../reports/row-schemas.js';
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
} from '../../reports/schema.js';
import type { StreamEvent } from '../stream-client.js';
import { json, list, type Node, operation, problem } from './operations.js';
import { ARRIVALS_SCHEMA, FIRST_STEPS_SCHEMA } from './setting-up.js';

export function servicePaths(): Node {
  const tag = 'service';
  const schema = text('Metrics.');
  const metrics = (id: string, summary: string) => ({
    get: operation(
      { id, tag, summary },
      {
        '200': {
          description: 'OpenMetrics 1.0 where `Accept` prefers it, else the text format 0.0.4.',
          content: { 'text/plain': { schema }, 'application/openmetrics-text': { schema } },
        },
      },
    ),
  });
  const open = (id: string, summary: string, responses: Node) => ({
    get: {
      operationId: id,
      tags: [tag],
      summary,
      security: [],
      responses: { ...responses, '421': problem('Misdirected') },
    },
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
      store: oneOf(['spooling'], 'The database is away, and posts are durable in the spool; absent when it is there.'),
      store_away: text('Why it is away; absent likewise.'),
      spooled: count('Posts that wait for it; absent likewise.'),
      moved_aside: listOf(
        text('A file name.'),
        'Damaged databases that lie beside the present one; absent when none does.',
      ),
      notes: listOf(
        text('A file name: `….vanished-…` or `….changed-…`.'),
        'Notes beside the database: it had vanished and was begun anew, or another program has changed its files. Each counts until somebody removes it; absent when there is none.',
      ),
    },
  } as Schema;
  return {
    '/api/v1/sources': list({ id: 'listSources', tag, summary: 'Where posts come from' }, 'Source', {
      isWhole: true,
      isOfMemory: true,
    }),
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
          '200': { description: 'It.', content: json({ type: 'object', description: 'An OpenAPI 3.2 document.' }) },
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
  return operation(
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
        content: { 'text/event-stream': { itemSchema: streamedSchema() } },
      },
    },
  );
}

/** What each event has as data. */
function eventSchemas(): Readonly<Record<StreamEvent | 'reset', Schema>> {
  const withdrawn = { ...rows.TRANSITION_SCHEMA, withdrawn: flag('Later evidence disproved it. Not there otherwise.') };
  return {
    transition: { ...objectOf(withdrawn), required: Object.keys(rows.TRANSITION_SCHEMA) },
    statistics: refTo('CampaignGroup'),
    callback: refTo('Callback'),
    quarantine: refTo('Quarantined'),
    reset: objectOf({}),
  };
}

/** A block of the stream as an object of its fields, as OpenAPI 3.2 takes server-sent events; comments are no fields. */
function streamedSchema(): Schema {
  const id = text('Where this client goes on when it resumes.', { pattern: '^[0-9]+$' });
  const events = Object.entries(eventSchemas()).map(([event, contentSchema]) => {
    const data = text('One line.', { contentMediaType: 'application/json', contentSchema });
    return objectOf({ id, event: { type: 'string', const: event }, data });
  });
  const retry = count('Milliseconds to wait before connecting anew.');
  const silent = { type: 'object', minProperties: 1, properties: { id, retry }, additionalProperties: false };
  return { oneOf: [...events, { ...silent, description: 'No event: it only says these.' }] };
}

export function pagePaths(): Node {
  const page = (id: string, summary: string) => ({
    get: {
      operationId: id,
      tags: ['service'],
      summary,
      security: [],
      responses: {
        '200': { description: 'A page.', content: { 'text/html': { schema: text('HTML.') } } },
        '421': problem('Misdirected'),
      },
    },
  });
  const live = page('getPage', 'The live page');
  const responses = {
    ...live.get.responses,
    '304': { description: 'Not changed: If-None-Match names what is served.' },
    '308': { description: 'Below a base path: the page stands at the URL with the slash.' },
  };
  const document = { description: 'OpenAPI 3.2.', content: { 'application/json': { schema: { type: 'object' } } } };
  const unchanged = { description: 'Not changed: If-None-Match names what is served.' };
  return {
    '/': { get: { ...live.get, responses } },
    '/docs': page('getDocs', 'This document, to read'),
    '/docs/openapi.json': {
      get: {
        operationId: 'getOpenDocument',
        tags: ['service'],
        summary: 'This document, open to everybody',
        security: [],
        responses: { '200': document, '304': unchanged },
      },
    },
  };
}
