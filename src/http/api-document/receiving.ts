/** The receiving endpoints in the document: each with and without a source, and below `/t/{token}`. */
import { type Endpoint, ENDPOINTS } from '../../domain/quarantine.js';
import { listOf, objectOf, refTo, type Schema } from '../../reports/schema.js';
import type { Node } from './operations.js';

interface Receiving {
  readonly family: 'ocs' | 'gms';
  readonly id: string;
  readonly summary: string;
  readonly body: Schema;
  readonly receipt: Schema;
}

const anyObject: Schema = { type: 'object' };

const RECEIVING: Readonly<Record<Endpoint, Receiving>> = {
  'campaign-group-state': {
    family: 'ocs',
    id: 'postCampaignGroupState',
    summary: 'What Outbound Contact Server posts of a campaign group',
    body: refTo('CampaignGroupState'),
    receipt: refTo('NotificationReceipt'),
  },
  'callback-events': {
    family: 'gms',
    id: 'postCallbackEvents',
    summary: 'One or up to 1000 user events of Callback',
    body: {
      anyOf: [refTo('CallbackEvent'), listOf(refTo('CallbackEvent'), 'Several, in one transaction.'), anyObject],
    },
    receipt: {
      anyOf: [
        refTo('CallbackReceipt'),
        objectOf({ items: listOf({ anyOf: [refTo('CallbackReceipt'), refTo('QuarantineReceipt')] }, 'One an event.') }),
      ],
    },
  },
  'attached-data': {
    family: 'gms',
    id: 'postAttachedData',
    summary: 'Keys of Callback attached to an interaction',
    body: anyObject,
    receipt: refTo('CallbackReceipt'),
  },
  'status-notifications': {
    family: 'gms',
    id: 'postStatusNotification',
    summary: 'A status notification of GMS; 200 for everything that is kept',
    body: anyObject,
    receipt: { anyOf: [refTo('CallbackReceipt'), refTo('QuarantineReceipt')] },
  },
};

const problem = (name: string): Node => ({ $ref: `#/components/responses/${name}` });
const parameter = (name: string): Node => ({ $ref: `#/components/parameters/${name}` });

export function receivingPaths(): Node {
  const paths: Record<string, Node> = {};
  for (const endpoint of ENDPOINTS) {
    const { family } = RECEIVING[endpoint];
    for (const token of [false, true]) {
      for (const source of [false, true]) {
        const path = `${token ? '/t/{token}' : ''}/${family}${source ? '/{source}' : ''}/${endpoint}`;
        const parameters = [...(token ? [parameter('token')] : []), ...(source ? [parameter('path_source')] : [])];
        const id = `${RECEIVING[endpoint].id}${source ? 'OfSource' : ''}${token ? 'WithToken' : ''}`;
        paths[path] = { parameters, ...operations(endpoint, id) };
      }
    }
  }
  return paths;
}

function operations(endpoint: Endpoint, id: string): Node {
  const { summary, body, receipt, family } = RECEIVING[endpoint];
  const described = { tags: ['receiving'], security: SECURITY };
  const form = family === 'gms' && { 'application/x-www-form-urlencoded': { schema: anyObject } };
  const refusals = { '401': problem('Unauthorized'), '403': problem('Forbidden'), '404': problem('NotFound') };
  return {
    get: {
      ...described,
      operationId: `${id}Look`,
      summary: 'The right address, for a person who opens it in a browser',
      responses: {
        '400': problem('BadRequest'),
        ...refusals,
        '405': problem('MethodNotAllowed'),
        '421': problem('Misdirected'),
      },
    },
    post: {
      ...described,
      operationId: id,
      summary,
      description:
        'Answered after the commit that holds the body. Any Content-Type will do. What is applied in spite of a deviation is told in `warnings`, values as they were sent.',
      requestBody: { required: true, content: { 'application/json': { schema: body }, ...form } },
      responses: {
        '200': { description: 'Durable.', content: { 'application/json': { schema: receipt } } },
        '400': problem('BadRequest'),
        ...refusals,
        '408': problem('Timeout'),
        '413': problem('TooLarge'),
        '415': problem('UnsupportedEncoding'),
        '422': problem('Unprocessable'),
        '500': problem('Internal'),
        '503': problem('Unavailable'),
      },
    },
  };
}

const SECURITY = [{ bearer: [] }, { basic: [] }, { key: [] }, { query: [] }, { certificate: [] }, {}];
