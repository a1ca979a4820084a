import { describe, expect, it } from 'vitest';
import { bodyOf, isSentToIcon, kindOf } from '../../../../src/gms/tserver-log/sort-event.js';
import { packedBytes } from '../../../../src/gms/tserver-log/user-data.js';
import { HAS_REFERENCE, readLog, referenceCopy } from '../../../support/tserver-logs.js';

const WHOLE = `08:00:00.000 Std 05060 Application started
@08:00:01.0000 [0] 8.1.000.62 distribute_user_event: message EventUserEvent
\tAttributeTimeinuSecs\t757000
\tAttributeTimeinSecs\t1348817660 (08:00:01)
\tAttributeUserEvent\tEventUserEvent
\tAttributeUserData\t[SIZE] 00 02 00 00..
\t\t'_CB_SERVICE_ID'\t'a1'
\t\t'_CB_N_CALLBACK_OFFERED'\t1
\tAttributeThisDN\t'REPORTING'
08:00:01.001 Trc 04542 EventUserEvent sent to [508] (0000000c Icon_Voice 192.168.27.50:42678)
08:00:01.001 Trc 04542 EventUserEvent sent to [588] (00000004 Stat Server 192.168.27.50:40728)
08:00:02.000 Std 05061 Application stops
`;
const PAIRS = [
  { key: '_CB_SERVICE_ID', value: 'a1' },
  { key: '_CB_N_CALLBACK_OFFERED', value: 1 },
];
/** The log with some of it changed: the first, by the second, and so on. */
function log(...changes: readonly [string, string][]): string {
  return changes.reduce((text, [from, to]) => text.replace(from, to), sized(WHOLE));
}
const sized = (text: string) => text.replace('SIZE', String(packedBytes(PAIRS)));

describe.skipIf(!HAS_REFERENCE)('the sample log of the reference', () => {
  it('is one event with 12 pairs in 347 bytes on the web page, as printed, without indentation', () => {
    const [reading, ...others] = readLog(referenceCopy('web'));

    expect(others).toEqual([]);
    if (reading?.kind !== 'event') throw new Error(JSON.stringify(reading));
    const { event } = reading;
    expect(event).toMatchObject({
      line: 150,
      atMs: 1_348_817_660_757,
      dn: 'REPORTING',
      isChecked: true,
      sentTo: ['Icon_Voice', 'Stat_Server', 'Universal_Routing_Server'],
    });
    expect([event.pairs.length, packedBytes(event.pairs)]).toEqual([12, 347]);
    expect(event.pairs).toContainEqual({ key: 'gms_SessionEventSeq', value: 3 });
    expect(event.pairs).toContainEqual({ key: 'gms_externalId', value: '' });
    expect([kindOf(event.pairs), isSentToIcon(event.sentTo, null)]).toEqual(['legacy', true]);
  });

  it('is damaged in the guide, and nothing of it is read', () => {
    expect(readLog(referenceCopy('guide'))).toEqual([
      { kind: 'damaged', line: 219, reason: 'AttributeUserData does not say its size', dn: null },
    ]);
  });
});

describe('an event in a log', () => {
  it('is read with its time, its DN, and whom it was sent to', () => {
    expect(readLog(log())).toEqual([
      {
        kind: 'event',
        event: {
          line: 2,
          atMs: 1_348_817_660_757,
          dn: 'REPORTING',
          pairs: PAIRS,
          isChecked: true,
          sentTo: ['Icon_Voice', 'Stat Server'],
        },
      },
    ]);
  });

  it.each([
    [
      'long time stamps',
      log(['@08:00:01.0000', '2012-09-28T08:00:01.000'], ['08:00:01.001', '2012-09-28T08:00:01.001']),
    ],
    ['carriage returns', log().replaceAll('\n', '\r\n')],
    ['blanks for tabs', log().replaceAll('\t', '    ')],
    ['no indentation', log().replaceAll(/^\t+/gm, '').replaceAll('\t', ' ')],
    ['underscores lost in the function name', log(['distribute_user_event', 'distribute user event'])],
    ['nothing behind it', log().slice(0, log().indexOf('08:00:02'))],
  ])('is the same with %s', (_, text) => {
    expect(readLog(text)).toMatchObject([{ kind: 'event', event: { pairs: PAIRS, dn: 'REPORTING' } }]);
  });

  it('is not counted again for each client, nor for what was answered', () => {
    const answer = '@08:00:01.0000 [0] 8.1.000.62 send_to_client: message EventACK\n\tAttributeReferenceID\t431\n';
    expect(readLog(answer + log())).toHaveLength(1);
  });

  it('goes on with a text over the lines that have no shape, blank ones too', () => {
    const value = "a1\nsecond: it's 5 o'clock\n\nlast";
    const text = log(["'a1'", `'${value}'`], ['[54]', `[${54 - 'a1'.length + value.length}]`]);
    expect(readLog(text)).toMatchObject([{ kind: 'event', event: { pairs: [{ value }, PAIRS[1]] } }]);
  });

  it('has the pairs of a list in it, by how deep they stand; in a copy without indentation, by how many they are', () => {
    const value = [{ key: 'x', value: 'y' }];
    const pairs = [{ key: 'l', value }, ...PAIRS];
    const text = log(
      ["\t\t'_CB_SERVICE_ID'", "\t\t'l'(list) \n\t\t\t'x'\t'y'\n\t\t'_CB_SERVICE_ID'"],
      [`[${packedBytes(PAIRS)}] 00 02`, `[${packedBytes(pairs)}] 00 03`],
    );
    for (const one of [text, text.replaceAll(/^\t+/gm, '').replaceAll('\t', ' ')])
      expect(readLog(one)).toMatchObject([{ kind: 'event', event: { pairs } }]);
  });

  it('of a PSDK client has no size to be held against', () => {
    const text = `2015-01-07 13:20:31,665 DEBUG Proxy got message 'EventUserEvent' ('96')
message attributes:
Time            = ComplexClass(TimeStamp):
\tAttributeTimeinuSecs [int] = 573000
\tAttributeTimeinSecs [int] = 1420644031
AttributeUserData [bstr] = KVList: 
\t\t'_CB_SERVICE_ID' [str] = "a1"
\t\t'_CB_N_CALLBACK_OFFERED' [int] = 1
AttributeThisDN [str] = "REPORTING"
'EventOnHook' ('87')
`;
    expect(readLog(text)).toMatchObject([
      { kind: 'event', event: { atMs: 1_420_644_031_573, dn: 'REPORTING', pairs: PAIRS, isChecked: false } },
    ]);
  });

  it.each([
    ['a lost line', log(["\t\t'_CB_N_CALLBACK_OFFERED'\t1\n", '']), 6, 'says 2 pairs in 54 bytes, there are 1 in 23'],
    ['a lost character', log(["'a1'", "'a'"]), 6, 'says 2 pairs in 54 bytes, there are 2 in 53'],
    ['a value cut off', log(["'a1'", "'a1"]), 7, "'_CB_SERVICE_ID' has a value without an end"],
    ['a value lost', log(["\t'a1'", '']), 7, "'_CB_SERVICE_ID' has no value"],
    ['an end in its middle', log().slice(0, log().indexOf('_CB_N')), 6, 'says 2 pairs in 54 bytes, there are 1 in'],
    [
      'a strange line',
      log(["\t\t'_CB_S", "\t\tbin: 00\n\t\t'_CB_S"]),
      7,
      'a line that is neither a pair nor an attribute',
    ],
    ['no size', log(['[54] 00 02 00 00..', '']), 6, 'AttributeUserData does not say its size'],
    ['no time', log(['AttributeTimeinSecs', 'AttributeTime']), 2, 'AttributeTimeinSecs is missing or cannot be read'],
    ['another event in it', log(['\tAttributeThisDN', '08:00:01.000 Trc 1 x\n\tAttributeThisDN']), 0, ''],
  ])('with %s is damaged, or as whole as it says', (_, text, line, reason) => {
    if (line === 0) expect(readLog(text)).toMatchObject([{ kind: 'event', event: { pairs: PAIRS, dn: null } }]);
    else
      expect(readLog(text)).toMatchObject([
        { kind: 'damaged', line, reason: expect.stringContaining(reason) as string },
      ]);
  });

  it('without user data is empty', () => {
    expect(readLog(log().replaceAll(/^\t(\tA?|AttributeUserData).*\n/gm, ''))).toMatchObject([{ kind: 'empty' }]);
  });
});

describe('user data', () => {
  it('is posted as a sender would, a key that is there twice twice, bytes as they are', () => {
    const pairs = [
      ...PAIRS,
      { key: 'a"', value: 'caf\xc3\xa9\n' },
      { key: 'l', value: PAIRS },
      { key: 'a"', value: '' },
    ];
    expect(bodyOf(pairs)).toBe(
      '{"_CB_SERVICE_ID":"a1","_CB_N_CALLBACK_OFFERED":1,"a\\"":"caf\xc3\xa9\\n","l":{"_CB_SERVICE_ID":"a1","_CB_N_CALLBACK_OFFERED":1},"a\\"":""}',
    );
  });

  it.each([
    ['callback', ['x', '_cb_t_callback_offered']],
    ['callback', ['VQ_CFG_TYPE', 'gms_SessionId']],
    ['callback', ['_CB_NEW_IN_SOME_VERSION']],
    ['legacy', ['gms_SessionId']],
    ['other', ['GSIP_REC_FN']],
    ['other', []],
  ] as const)('is of a %s with the keys %j', (kind, keys) => {
    expect(kindOf(keys.map((key) => ({ key, value: '' })))).toBe(kind);
  });

  it('was sent to ICON when an application is named so, or as it was told', () => {
    expect(isSentToIcon(null, null)).toBe(null);
    expect(isSentToIcon(['Stat_Server'], null)).toBe(false);
    expect(isSentToIcon(['Stat_Server', 'ICON_2'], null)).toBe(true);
    expect(isSentToIcon(['IDB-writer'], 'IDB-writer')).toBe(true);
    expect(isSentToIcon(['Icon_Voice'], 'IDB-writer')).toBe(false);
  });
});
