import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTextIn } from '../../../src/ingest/decode-text.js';
import { type JudgeOptions, makeJudge } from '../../../src/ingest/judge.js';
import { ENUMERATIONS } from '../../../src/ocs/enumerations.js';
import { aBody } from '../../support/bodies.js';
import { T0 } from '../../support/notifications.js';

const HOUR_MS = 3_600_000;

function judged(bytes: string, options: Partial<JudgeOptions> = {}, nowMs = T0) {
  const judge = makeJudge({
    decodeTextOf: () => decodeTextIn('utf-8'),
    validate: () => [],
    enumerations: ENUMERATIONS,
    maxClockAheadMs: HOUR_MS,
    ...options,
  });
  return judge({ endpoint: 'campaign-group-state', source: 'eu-1', receivedAtMs: T0, bytes }, nowMs);
}
const text = (parts: Record<string, unknown> = {}) => JSON.stringify(aBody(parts));

describe('the judge', () => {
  it('lets a good body pass with its source and receive time', () => {
    expect(judged(text())).toMatchObject({
      notification: { source: 'eu-1', receivedAtMs: T0, atMs: T0, dbid: '101' },
      warnings: [],
    });
  });

  it.each([
    ['not_json', 'no JSON'],
    ['not_json', ''],
    ['schema', '[]'],
    ['missing_key', text({ GSW_CAMPAIGN_GROUP_STATE: undefined })],
    ['bad_timestamp', text({ GSW_DATE_TIME: 'yesterday' })],
    ['bad_timestamp', text({ GSW_DATE_TIME: 'yesterday', GSW_CAMPAIGN_GROUP_STATE: undefined })],
    ['schema', text({ GSW_CAMPAIGN_GROUP_STATUS: 4 })],
    ['schema', text().replace('{', '{"GSW_QUEUE_NAME":"other",')],
  ])('counts as %s: %s', (reason, bytes) => {
    expect(judged(bytes)).toMatchObject({ kind: 'refused', reason });
  });

  it('tells every violation of a refused body, fatal ones first', () => {
    const body = text({ GSW_DATE_TIME: 'yesterday', GSW_NEW: 1 }).replace('{', '{"GSW_QUEUE_NAME":"8001","GSW_NEW":2,');

    expect(judged(body)).toMatchObject({
      violations: [
        { field: 'GSW_NEW', rule: 'said only once, or with equal values', found: '2 and 1' },
        { field: 'GSW_DATE_TIME' },
        { field: 'GSW_QUEUE_NAME', rule: 'said only once' },
        { field: 'GSW_NEW', rule: 'a known field' },
      ],
    });
  });

  it('tells a violation by field, rule and what was found, and nothing else', () => {
    const judgement = judged(text().replace('{', '{"GSW_QUEUE_NAME":"8001",'));

    expect(judgement).toMatchObject({ warnings: [expect.anything()] });
    const [warning] = 'warnings' in judgement ? judgement.warnings : [];
    expect(Object.keys(warning ?? {})).toEqual(['field', 'rule', 'found']);
  });

  it('counts a body of which only a prefix is kept as too large, whatever the prefix says', () => {
    const judge = makeJudge({
      decodeTextOf: () => decodeTextIn('utf-8'),
      validate: () => [],
      enumerations: ENUMERATIONS,
      maxClockAheadMs: HOUR_MS,
    });
    const oversize = { size: 300_000, digest: 'abc' };
    const delivery = {
      endpoint: 'campaign-group-state',
      source: 'default',
      receivedAtMs: T0,
      bytes: text(),
      oversize,
    } as const;

    expect(judge(delivery, T0)).toMatchObject({ kind: 'refused', reason: 'too_large' });
  });

  it('believes a date-time up to the clock of a replay, when that is later than the receive clock', () => {
    const ahead = text({ GSW_DATE_TIME: String((T0 + 2 * HOUR_MS) / 1000) });

    expect(judged(ahead).kind).toBe('refused');
    expect(judged(ahead, {}, T0 + HOUR_MS)).toMatchObject({ notification: { atMs: T0 + 2 * HOUR_MS } });
  });

  it('reads each source in its own encoding', () => {
    const decodeTextOf = (source: string) => decodeTextIn(source === 'eu-1' ? 'windows-1252' : 'utf-8');

    const judgement = judged(text().replace('Agents"', 'S\xfcd"'), { decodeTextOf });

    expect(judgement).toMatchObject({ notification: { statement: { attributes: { name: 'Spring Sale@Süd' } } } });
  });

  it('shows long values shortened and well formed', () => {
    const judgement = judged(text({ GSW_NEW: `x${'🎧'.repeat(300)}`.normalize() }));

    const [warning] = 'warnings' in judgement ? judgement.warnings : [];
    expect(warning?.found.length).toBeLessThanOrEqual(80);
    expect(warning?.found.isWellFormed()).toBe(true);
  });
});

describe('a statistic that is no number', () => {
  const bare = (written: string, more: Record<string, unknown> = {}) =>
    text({ GSW_STAT_HIT_RATIO: '?', ...more }).replace('"?"', written);
  const applied = (bytes: string) => {
    const judgement = judged(bytes);
    if (judgement.kind === 'refused') throw new Error('refused');
    return judgement.notification;
  };

  it.each(['nan', '-1.#IND', '0,81'])('is absent, and its post is applied with a warning: %s', (written) => {
    expect(judged(bare(written, { GSW_STAT_BUSY_FACTOR: 0.5 }))).toMatchObject({
      notification: {
        statistics: { hitRatio: null, busyRatio: 0.5 },
        statement: { sendsStatistics: true, extras: `{"GSW_STAT_HIT_RATIO":"${written}"}` },
      },
      warnings: [{ field: 'GSW_STAT_HIT_RATIO', rule: 'a number, 0 or more, or null', found: written }],
    });
  });

  it('is absent of a calling list too', () => {
    const lists = { GSW_LISTS: { 'A 1': { GSW_STAT_HIT_RATIO: '!', GSW_STAT_TIME_TO_COMPLETE: 60 } } };

    expect(judged(bare('inf', lists).replace('"!"', '0,5'))).toMatchObject({
      notification: { callingLists: [{ name: 'A 1', hitRatio: null, timeToCompleteSeconds: 60 }] },
      warnings: [
        { field: 'GSW_STAT_HIT_RATIO', found: 'inf' },
        { field: 'GSW_LISTS/A 1/GSW_STAT_HIT_RATIO', found: '0,5' },
      ],
    });
  });

  it('is part of the content, NULs behind the body are not', () => {
    const { statement } = applied(bare('nan'));

    expect(applied(`${bare('nan')}\0\0`).statement).toEqual(statement);
    expect(applied(bare('inf')).statement).not.toEqual(statement);
    expect(applied(`${text()}\0`)).toEqual(applied(text()));
  });

  it.each([
    ['GSW_DIAL_MODE', 'nan'],
    ['GSW_CAMPAIGN_GROUP_STATE', 'nan'],
    ['GSW_OPTIMIZE_GOAL', '0,81'],
    ['GSW_DATE_TIME', '1763689560,123'],
    ['GSW_NEW', 'inf'],
  ])('is nowhere else but in a statistic: %s %s', (field, written) => {
    expect(judged(text({ [field]: '?' }).replace('"?"', written))).toMatchObject({ reason: 'not_json' });
  });

  it('saves no post from what is fatal', () => {
    expect(judged(bare('nan', { GSW_DATE_TIME: 'yesterday' }))).toMatchObject({ reason: 'bad_timestamp' });
    expect(judged(bare('nan,"GSW_STAT_HIT_RATIO":0.5'))).toMatchObject({ reason: 'schema' });
  });
});

describe('what was found', () => {
  it.each([
    ['1.50'],
    ['1795874114000000'],
    ['-0.0'],
    ['1e400'],
    ['5E0'],
    ['{"a":1.0, "b":[ ]}'],
    ['[9007199254740993]'],
    ['"1795874114000000"'],
    ['"caf\xc3\xa9"'],
  ])('is shown as it was sent: %s', (source) => {
    const judgement = judged(
      text({ GSW_NEW: '?', GSW_STAT_HIT_RATIO: '!' }).replace('"?"', source).replace('"!"', '1.0'),
    );

    expect(judgement).toMatchObject({
      warnings: [{ field: 'GSW_NEW', found: Buffer.from(source, 'latin1').toString('utf8') }],
    });
  });

  it('is shown as it was sent in calling lists, for an unknown number, and when it is fatal', () => {
    const list = '{"GSW_CALLING_LIST":"A","GSW_STAT_HIT_RATIO":-0.50,"GSW_NEW":1.0}';

    expect(judged(text({ GSW_LISTS: ['?'] }).replace('"?"', list))).toMatchObject({
      warnings: [
        { field: 'GSW_LISTS/0/GSW_STAT_HIT_RATIO', found: '-0.50' },
        { field: 'GSW_LISTS/0/GSW_NEW', found: '1.0' },
      ],
    });
    expect(judged(text({ GSW_DIAL_MODE: '?' }).replace('"?"', '77.0'))).toMatchObject({
      warnings: [{ found: '77.0' }],
    });
    expect(judged(text({ GSW_DIAL_MODE: '077' }))).toMatchObject({ warnings: [{ found: '"077"' }] });
    expect(judged(text({ GSW_DATE_TIME: '?' }).replace('"?"', '1795874114000000'))).toMatchObject({
      violations: [{ field: 'GSW_DATE_TIME', found: '1795874114000000' }],
    });
  });

  it('costs little, however many there are', () => {
    const lists = Array.from({ length: 3000 }, () => ({ GSW_STAT_HIT_RATIO: -1, GSW_NEW: 1.5 }));
    const bytes = text({ GSW_LISTS: lists, GSW_NEW: 7 }).replaceAll('1.5', '1.50');

    expect(judged(bytes)).toMatchObject({ notification: expect.anything() as object });
  });
});

/** A body of which some bytes are overwritten. */
const damagedBodies = fc
  .tuple(
    fc.constantFrom(text(), text({ GSW_LISTS: { A: { GSW_STAT_HIT_RATIO: 0.2 } } })),
    fc.uint8Array({ maxLength: 8 }),
    fc.nat(300),
  )
  .map(([body, bytes, at]) => body.slice(0, at) + String.fromCharCode(...bytes) + body.slice(at + bytes.length));
/** A body with any values where OCS has its own. */
const strangeBodies = fc
  .dictionary(fc.oneof(fc.constantFrom(...Object.keys(aBody())), fc.string()), fc.jsonValue({ maxDepth: 5 }))
  .map((parts) => Buffer.from(text(parts)).toString('latin1'));

describe('whatever the bytes are', () => {
  it.each([
    ['random bytes', fc.uint8Array({ maxLength: 400 }).map((bytes) => String.fromCharCode(...bytes))],
    ['a damaged body', damagedBodies],
    ['a body of strange values', strangeBodies],
  ])('the judge throws nothing and gives a judgement: %s', (_, bodies) => {
    fc.assert(
      fc.property(bodies, (bytes) => {
        const judgement = judged(bytes);

        if (judgement.kind === 'refused') expect(judgement.violations).not.toEqual([]);
        else expect(judgement.notification.atMs).toBeLessThanOrEqual(T0 + HOUR_MS);
      }),
      { numRuns: 2_000 },
    );
  });
});
