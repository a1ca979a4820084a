/** Campaign groups and their history in the document. */
import { RESOLUTIONS } from '../../domain/store.js';
import { CAMPAIGN_GROUP_SCHEMA, STALE_SCHEMA } from '../../reports/row-schemas.js';
import { listOf, objectOf, oneOf, orNull, refTo, text, time, withOptional } from '../../reports/schema.js';
import { RESOLUTION_HEADER } from '../campaign-groups.js';
import { list, type Node, one } from './operations.js';

const ACTIONS =
  'Newest day first; days by the clock of `tz`. A day and group in which nothing was done has no row. An action is an explicit transition; an unload is one, though it is named at each state on the way out.';

const COMPLIANCE =
  'OCS tells the share of abandoned calls as one ratio, cumulative since the load, and no counts. The share of a period that is made of whole sessions lies between the least and the greatest of their final ratios; of a session that is cut, or whose final ratio is not known, nothing follows. Not seen is a session of which no post at all came while this service was up.';

const RESOLUTION =
  'What the rows are made of: samples as they were sent, or what quarters of an hour add up to. Both say the same as far as samples are there.';

export function campaignPaths(): Node {
  const tag = 'campaign groups';
  const range = ['from', 'to', 'tz'] as const;
  const narrowed = ['source', 'state', 'action', 'inferred'] as const;
  const filters = ['state', 'tenant', 'source', 'campaign', 'group', 'template', 'queue', 'q'] as const;
  return {
    '/api/v1/campaign-groups': list(
      { id: 'listCampaignGroups', tag, summary: 'Campaign groups as they stand, by name', parameters: filters },
      'CampaignGroup',
      { isOfMemory: true },
    ),
    '/api/v1/campaign-groups/{id}': one(
      { id: 'getCampaignGroup', tag, summary: 'One campaign group', parameters: ['id'] },
      withOptional(objectOf(CAMPAIGN_GROUP_SCHEMA), STALE_SCHEMA),
    ),
    '/api/v1/campaign-groups/{id}/transitions': list(
      { id: 'listTransitionsOfGroup', tag, summary: 'Its transitions', parameters: ['id', ...range, ...narrowed] },
      'Transition',
    ),
    '/api/v1/campaign-groups/{id}/transitions/summary': list(
      {
        id: 'summarizeTransitionsOfGroup',
        tag,
        summary: 'What was done to it, counted by day and by who did it',
        description: ACTIONS,
        parameters: ['id', ...range],
      },
      'TransitionSummary',
    ),
    '/api/v1/campaign-groups/{id}/statistics': list(
      {
        id: 'listStatistics',
        tag,
        summary: 'Its statistics, as samples or in steps',
        description:
          'Without `step` every sample as it was sent. With it one row per step: least, mean, greatest and last of its samples, never an average of averages. Steps of whole quarters of an hour, by the clock of `tz`, are made of what these add up to, so that a year is answered as fast as a day. Where samples have gone from the range (retention), shorter steps are as long as the next multiple of 15 minutes.',
        parameters: ['id', ...range, 'step'],
      },
      'StatisticsRow',
      {
        more: { resolution: oneOf(RESOLUTIONS, RESOLUTION) },
        headers: { [RESOLUTION_HEADER]: { description: `The same, with CSV too.`, schema: { type: 'string' } } },
      },
    ),
    '/api/v1/campaign-groups/{id}/sessions': list(
      { id: 'listSessions', tag, summary: 'Its sessions: from a load to the unload', parameters: ['id', ...range] },
      'Session',
    ),
    '/api/v1/campaign-groups/{id}/silences': list(
      {
        id: 'listSilences',
        tag,
        summary: 'When it was silent: running, and not heard of for longer than the limit',
        description:
          'Whole silences that touch the range. They are told from what is stored, so that a late notification ends them where it belongs. Time in which this service did not listen, maintenance, and the time before the first notification are no silence. While one lasts, its `from` is `silent_since` of the group. A page may hold fewer than `limit` before the last one.',
        parameters: ['id', ...range],
      },
      'Silence',
      {
        more: {
          known_from: orNull(
            time(
              'Since when silences are known: its first notification, or later where samples have gone (retention).',
            ),
          ),
          first_at: orNull(time('GSW_DATE_TIME of its first notification: of the time before nothing is known.')),
        },
      },
    ),
    '/api/v1/campaign-groups/{id}/calling-lists': list(
      { id: 'listCallingLists', tag, summary: 'The newest figures of its calling lists, by name', parameters: ['id'] },
      'CallingList',
    ),
    '/api/v1/campaign-groups/{id}/last-body': one(
      { id: 'getLastBody', tag, summary: 'The last body of it, as it was received', parameters: ['id'] },
      refTo('LastBody'),
    ),
    '/api/v1/campaign-groups/{id}/compliance': one(
      {
        id: 'getCompliance',
        tag,
        summary: 'What may be said of its abandoned calls over the period of a rule',
        description: COMPLIANCE,
        parameters: ['id', 'profile', 'at', 'tz'],
      },
      refTo('Compliance'),
    ),
    '/api/v1/compliance': list(
      {
        id: 'listCompliance',
        tag,
        summary: 'The same of all campaign groups, by name',
        description: COMPLIANCE,
        parameters: ['profile', 'at', 'tz', ...filters],
      },
      'ComplianceRow',
      { more: { profiles: listOf(text('Its name.'), 'The rules that there are.') } },
    ),
    '/api/v1/transitions': list(
      {
        id: 'listTransitions',
        tag,
        summary: 'Transitions of all campaign groups',
        description: '`tenant` and `q` find groups by what they are called at present.',
        parameters: [...range, ...narrowed, 'tenant', 'q'],
      },
      'Transition',
    ),
    '/api/v1/transitions/summary': list(
      {
        id: 'summarizeTransitions',
        tag,
        summary: 'What was done to campaign groups, counted by day, group and who did it',
        description: ACTIONS,
        parameters: [...range, 'source'],
      },
      'TransitionSummary',
    ),
  };
}
