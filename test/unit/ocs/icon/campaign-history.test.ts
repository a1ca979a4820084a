import { describe, expect, it } from 'vitest';
import { Columns } from '../../../../src/domain/table-rows.js';
import { CampaignHistory, CampaignSessions, Sessions } from '../../../../src/ocs/icon/campaign-history.js';

const numberOf = (words: Readonly<Record<string, number>>) => (word: string) => words[word] ?? null;
const numbers = {
  state: numberOf({ not_loaded: 0, waiting_unload: 1, active: 4, running: 5 }),
  action: numberOf({ load: 7, unload: 8, start: 9, stop: 10 }),
};
const GUID = '0A1B2C3D-0000-4000-8000-0123456789AB';

function read(header: readonly string[], rows: readonly (readonly string[])[], sessions = new Sessions()) {
  let others = 0;
  const reader = new CampaignHistory(new Columns(header), {
    ...{ sessions, numbers, decode: (bytes: string) => bytes },
    onOther: () => others++,
  });
  const told = rows.flatMap((fields, index) => [...reader.row({ line: index + 2, fields, text: fields.join(',') })]);
  return { others, told: told.map((one) => ('body' in one ? (JSON.parse(one.body) as object) : one.damage)) };
}
const HEADER = ['SessID', 'State', 'PrevState', 'Added_ts', 'GroupID'];

describe('GO_CampaignHistory', () => {
  it('tells what was done to a campaign group, and to the second when', () => {
    const steps = [
      [1, '', 4, 7],
      [2, 1, 5, 9],
      [1, 2, 4, 10],
      [3, 1, 1, 8],
      [0, 3, 0, 8],
    ] as const;
    const rows = steps.map(([state, before], index) => [
      GUID,
      String(state),
      String(before),
      String(1_795_161_605 + index),
      '101',
    ]);
    expect(read(HEADER, rows).told).toEqual(
      steps.map(([, , state, action], index) => ({
        GSW_USER_EVENT: 'CampaignGroupState',
        GSW_DATE_TIME: `${1_795_161_605 + index}.000`,
        GSW_CAMPAIGN_GROUP_GUID: GUID,
        GSW_CAMPAIGN_GROUP_DBID: '101',
        GSW_CAMPAIGN_GROUP_STATE: state,
        GSW_CAMPAIGN_GROUP_ACTION: action,
      })),
    );
  });

  it('knows by GO_Campaign whose a session is, however its id is written', () => {
    const sessions = new Sessions();
    const reader = new CampaignSessions(new Columns(['SESSID', 'GROUPID']), sessions);
    expect(reader.row({ line: 2, fields: [GUID, '101'], text: '' })).toEqual([]);
    expect(reader.row({ line: 3, fields: ['', 'x'], text: ',x' })).toMatchObject([
      { damage: expect.any(String) as unknown },
    ]);
    const { told } = read(
      HEADER.slice(0, 4),
      [
        [`{${GUID.toLowerCase().replaceAll('-', '')}}`, '1', '', '2026-11-20 08:00:05'],
        ['unknown', '1', '', '1795161605'],
      ],
      sessions,
    );
    expect(told).toMatchObject([{ GSW_CAMPAIGN_GROUP_DBID: '101' }, expect.stringContaining('GO_Campaign')]);
  });

  it('tells no state where another property changed, and guesses neither states nor times', () => {
    const { told, others } = read(HEADER, [
      ['s', '2', '2', '1795161605', '101'],
      ['s', '9', '2', '1795161605', '101'],
      ['s', '2', '1', '20.11.2026', '101'],
    ]);
    expect(others).toBe(1);
    expect(told).toEqual([expect.stringContaining('0 to 3'), expect.stringContaining('ADDED_TS')]);
  });
});
