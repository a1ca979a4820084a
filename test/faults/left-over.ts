/** What a database holds of the months before, and whether that is what retention may leave of them. */
import Database from 'better-sqlite3';
import { canonicalJson } from '../../src/domain/json.js';
import type { Connection } from '../../src/sqlite/database.js';
import { heldEvidence } from '../support/held-evidence.js';
import { AGED, DAY_MS, KEPT_DAYS } from './aged.js';

interface Row {
  /** What its class counts its age from. */
  readonly atMs: number;
  readonly text: string;
}
type Rows = ReadonlyMap<string, Row>;

/** By what names them; the same row has the same text. */
export interface AgedRows {
  readonly samples: Rows;
  readonly steps: Rows;
  readonly quarters: Rows;
  readonly callbacks: Rows;
  readonly bodies: Rows;
  readonly readMs: number;
}

/** Of one moment. */
export function agedRows(path: string): AgedRows {
  const db = new Database(path, { readonly: true });
  try {
    return db.transaction(() => ({
      samples: new Map(samplesOf(db).map((row) => [row.text, row])),
      steps: rowsOf(db, `SELECT at_ms AS atMs, ${STEP} AS text, ${STEP} AS name FROM steps AS s WHERE ${OF_GROUP}`),
      quarters: new Map([
        ...rowsOf(db, `SELECT start_ms AS atMs, ${row('quarter_hours', 'group_no')} WHERE ${OF_GROUP}`),
        ...rowsOf(
          db,
          `SELECT start_ms AS atMs, ${row('list_quarter_hours', 'list_no')} WHERE list_no IN (
          SELECT list_no FROM calling_lists WHERE ${OF_GROUP})`,
        ),
      ]),
      callbacks: rowsOf(
        db,
        `SELECT coalesce(ended_ms, alive_until_ms) AS atMs, service_id AS name, json_array(ended_ms, events, attachments,
           (SELECT count(*) FROM callback_events AS e WHERE e.callback_no = c.callback_no),
           (SELECT count(*) FROM callback_attachments AS a WHERE a.callback_no = c.callback_no),
           (SELECT count(*) FROM callback_interactions AS i WHERE i.callback_no = c.callback_no)) AS text
         FROM callbacks AS c WHERE source = '${AGED}'`,
      ),
      bodies: rowsOf(
        db,
        `SELECT last_received_ms AS atMs, id AS name, hex(body) AS text FROM quarantine WHERE source = '${AGED}'`,
      ),
      readMs: Date.now(),
    }))();
  } finally {
    db.close();
  }
}

const OF_GROUP = `group_no IN (SELECT group_no FROM campaign_groups WHERE source = '${AGED}')`;
const STEP = `json_array(group_no, at_ms, state, dial_mode, from_state, action, actor, inferred, transition_id, begins_session)`;
const row = (table: string, key: string) => `'${table} ' || ${key} || ' ' || start_ms AS name,
  json_array(${key}, start_ms, newest_ms, unit, hit_ratio_count, hit_ratio_min, hit_ratio_max, hit_ratio_sum,
    time_to_complete_seconds_count, time_to_complete_seconds_sum) AS text FROM ${table}`;

function rowsOf(db: Connection, sql: string): Map<string, Row> {
  return new Map((db.prepare(sql).all() as (Row & { name: string })[]).map(({ name, ...row }) => [name, row]));
}

function samplesOf(db: Connection): (Row & { readonly groupNo: number })[] {
  const aged = new Set(db.prepare(`SELECT group_no FROM campaign_groups WHERE source = '${AGED}'`).pluck().all());
  return heldEvidence(db)
    .filter(({ groupNo }) => aged.has(groupNo))
    .map((sample) => ({ groupNo: sample.groupNo, atMs: sample.atMs, text: canonicalJson({ ...sample }) }));
}

const CLASSES = {
  samples: 'notifications',
  steps: 'history',
  quarters: 'rollups',
  callbacks: 'callbacks',
  bodies: 'quarantine',
} as const;
type Class = keyof typeof CLASSES;
const NAMES = Object.keys(CLASSES) as Class[];

/** Nothing but for the limit ever goes of what is younger; `isLimited`: samples go whatever their age, and nothing else does. */
function horizonMs(name: Class, { readMs }: AgedRows, isLimited: boolean): number {
  if (isLimited) return name === 'samples' ? Infinity : -Infinity;
  return readMs - KEPT_DAYS[CLASSES[name]] * DAY_MS;
}

/** After a kill: nothing is missing that is young enough, nothing is other than it was, and each step has what it stands on. */
export function faultsBetween(before: AgedRows, now: AgedRows, isLimited: boolean): string[] {
  return [
    ...NAMES.flatMap((name) => {
      const youngMs = horizonMs(name, now, isLimited);
      const gone = [...before[name]].filter(([key, { atMs }]) => atMs >= youngMs && !now[name].has(key));
      const other = [...now[name]].filter(([key, { text }]) => before[name].get(key)?.text !== text);
      return [
        ...gone.map(([key]) => `${name}: went before its time: ${key}`),
        ...other.map(
          ([key, { text }]) => `${name}: is not what it was: ${key}: ${text}, ${before[name].get(key)?.text ?? ''}`,
        ),
      ];
    }),
    ...withoutEvidence(before, now),
  ];
}

/** At the end: that, and all that is old has gone, but what an uninterrupted run leaves. */
export function faultsAfter(before: AgedRows, now: AgedRows, left: AgedRows, isLimited: boolean): string[] {
  return [
    ...faultsBetween(before, now, isLimited),
    ...NAMES.flatMap((name) => [
      ...[...now[name].keys()].filter((key) => !left[name].has(key)).map((key) => `${name}: is still there: ${key}`),
      ...[...left[name].keys()].filter((key) => !now[name].has(key)).map((key) => `${name}: is missing: ${key}`),
    ]),
  ];
}

/** A step stands on what was said at its date-time, and on the last that was said before. */
function withoutEvidence(before: AgedRows, now: AgedRows): string[] {
  const timesIn = ({ samples }: AgedRows) => {
    const times = new Map<string, number[]>();
    for (const { text, atMs } of samples.values()) {
      const group = groupOf(text);
      times.set(group, [...(times.get(group) ?? []), atMs]);
    }
    return times;
  };
  const [said, held] = [timesIn(before), timesIn(now)];
  return [...now.steps.values()].flatMap(({ text, atMs }) => {
    const [group = ''] = (JSON.parse(text) as unknown[]).map(String);
    const lastMs = Math.max(...(said.get(group) ?? []).filter((time) => time < atMs));
    const ofStep = lastMs === -Infinity ? [atMs] : [lastMs, atMs];
    const lacking = ofStep.filter((time) => held.get(group)?.includes(time) !== true);
    return lacking.map((time) => `the step ${text} lacks what was said at ${String(time)}`);
  });
}

const groupOf = (text: string) => String((JSON.parse(text) as { groupNo: number }).groupNo);
