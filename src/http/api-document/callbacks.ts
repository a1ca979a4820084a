/** Callbacks and the reports on them in the document. */
import { count, objectOf, refTo, text } from '../../reports/schema.js';
import { json, list, type Node, one, operation } from './operations.js';

export function callbackPaths(): Node {
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
    '/api/v1/callbacks/legacy': list(
      {
        id: 'listLegacyEvents',
        tag,
        summary: 'Imported events from before there were callback records',
        parameters: ['source', ...range],
      },
      'LegacyEvent',
    ),
    '/api/v1/callbacks/capacity': list(
      { id: 'listCapacity', tag, summary: 'Callbacks against the agents there are', parameters: range },
      'Capacity',
      { more: { outside }, isWhole: true, isMissable: true },
    ),
    '/api/v1/phone-hash': {
      post: {
        ...operation(
          { id: 'hashNumber', tag, summary: 'The hash by which a customer’s callbacks are found' },
          {
            '200': {
              description: 'For `phone_hash` of the list.',
              content: json(objectOf({ phone_hash: text('16 hexadecimal digits.') })),
            },
          },
        ),
        requestBody: { required: true, content: json(objectOf({ number: text('With its country, as +49 151 1.') })) },
      },
    },
    '/api/v1/callbacks/{service_id}': one(
      { id: 'getCallback', tag, summary: 'The whole story of one callback', parameters: ['service_id', 'source'] },
      refTo('CallbackStory'),
    ),
  };
}
