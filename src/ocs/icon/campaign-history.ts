/**
 * ICON's GO_Campaign and GO_CampaignHistory: how campaign groups were loaded, started, stopped and unloaded, to the second
 * (sources.md#icon-tables). The history names sessions, and GO_Campaign says whose they are.
 */
import { asciiJson } from '../../domain/json.js';
import {
  type Columns,
  momentIn,
  type TableReader,
  type TableRow,
  type TableShape,
  type Told,
} from '../../domain/table-rows.js';

export const CAMPAIGN_HISTORY: TableShape<'GO_CampaignHistory'> = {
  table: 'GO_CampaignHistory',
  columns: [['SESSID'], ['STATE'], ['PREVSTATE'], ['ADDED_TS', 'ADDED', 'CHANGED_MS', 'CHANGED_TS']],
};

export const CAMPAIGN_SESSIONS: TableShape<'GO_Campaign'> = {
  table: 'GO_Campaign',
  columns: [['SESSID'], ['GROUPID', 'CAMPAIGN_GROUP_DBID']],
};

/**
 * Sessions that are known from GO_Campaign: those of 100 groups that are loaded once a day for 30 years.
 * @bound sessions of campaign groups that an import knows from GO_Campaign
 * @beyond the command ends: export less at once, or join the two tables
 * @seen the error
 */
const MAX_SESSIONS = 1_000_000;

/** Which campaign group a session is of. */
export class Sessions {
  readonly #dbids = new Map<string, string>();

  get isFull(): boolean {
    return this.#dbids.size >= MAX_SESSIONS;
  }

  note(sessionId: string, dbid: string): void {
    this.#dbids.set(plainId(sessionId), dbid);
  }

  of(sessionId: string): string | null {
    return this.#dbids.get(plainId(sessionId)) ?? null;
  }
}

function plainId(sessionId: string): string {
  return sessionId.replace(/[{}-]/g, '').toLowerCase();
}

/** The columns by which a row of either table says its campaign group. */
const DBID = ['CAMPAIGN_GROUP_DBID', 'GROUPID'];

/** Rows of GO_Campaign become no bodies: their sessions are noted. */
export class CampaignSessions implements TableReader {
  readonly #columns: Columns;
  readonly #sessions: Sessions;

  constructor(columns: Columns, sessions: Sessions) {
    this.#columns = columns;
    this.#sessions = sessions;
  }

  row(row: TableRow): readonly Told[] {
    const sessionId = this.#columns.valueOf(row, 'SESSID');
    const dbid = this.#columns.valueOf(row, ...DBID);
    if (sessionId === '' || !/^\d+$/.test(dbid)) {
      return [{ line: row.line, damage: 'SESSID or GROUPID is empty, or no DBID', text: row.text }];
    }
    this.#sessions.note(sessionId, dbid);
    return [];
  }

  damaged(): void {
    // What it said is asked for by the rows of its session.
  }

  end(): readonly Told[] {
    return [];
  }
}

/** The words of a campaign group's state and of what is done to it, as numbers that OCS posts. */
export interface CampaignNumbers {
  readonly state: (word: string) => number | null;
  readonly action: (word: string) => number | null;
}

export interface CampaignHistoryOptions {
  readonly sessions: Sessions;
  readonly numbers: CampaignNumbers;
  /** Text of what stands in a file. */
  readonly decode: (bytes: string) => string;
  /** To be told of a change of something else than the state. */
  readonly onOther: () => void;
}

export class CampaignHistory implements TableReader {
  readonly #columns: Columns;
  readonly #options: CampaignHistoryOptions;

  constructor(columns: Columns, options: CampaignHistoryOptions) {
    this.#columns = columns;
    this.#options = options;
  }

  row(row: TableRow): readonly Told[] {
    const columns = this.#columns;
    const damage = (reason: string): Told[] => [{ line: row.line, damage: reason, text: row.text }];
    const [state, before] = ['STATE', 'PREVSTATE'].map((name) => stateIn(columns.valueOf(row, name)));
    if (state === undefined || before === undefined) return damage('STATE and PREVSTATE should be 0 to 3, or nothing');
    if (state === before) {
      this.#options.onOther();
      return [];
    }
    const atMs = momentIn(columns.valueOf(row, 'CHANGED_MS', 'ADDED_TS', 'CHANGED_TS', 'ADDED'));
    if (atMs === null)
      return damage('its time is none: ADDED_TS should be seconds since 1970, ADDED a date and time of UTC');
    const sessionId = columns.valueOf(row, 'SESSID');
    const dbid = columns.valueOf(row, ...DBID) || this.#options.sessions.of(sessionId);
    if (dbid === null) {
      return damage('of which campaign group its session is is not known: import GO_Campaign with it, or join the two');
    }
    const source = columns.valueOf(row, 'SOURCE') || null;
    return [{ line: row.line, body: this.#bodyOf(row, { dbid, state, before, sessionId, atMs }), atMs, source }];
  }

  damaged(): void {
    // A row is a change of its own.
  }

  end(): readonly Told[] {
    return [];
  }

  #bodyOf(row: TableRow, change: Change): string {
    const { dbid, state, before, sessionId, atMs } = change;
    const { numbers, decode } = this.#options;
    const word = STATE_WORDS[state];
    const action = actionOf(before, state);
    const name = (column: string) => decode(this.#columns.valueOf(row, column));
    const said = {
      GSW_TENANT_NAME: name('TENANT_NAME'),
      GSW_CAMPAIGN_GROUP_NAME: name('CAMPAIGN_GROUP_NAME'),
      GSW_CAMPAIGN_GROUP_GUID: isGuid(sessionId) ? sessionId : '',
      GSW_GROUP_NAME: name('GROUP_NAME'),
      GSW_CAMPAIGN_NAME: name('CAMPAIGN_NAME'),
    };
    const body = {
      GSW_USER_EVENT: 'CampaignGroupState',
      GSW_DATE_TIME: (atMs / 1000).toFixed(3),
      ...Object.fromEntries(Object.entries(said).filter(([, text]) => text !== '')),
      GSW_CAMPAIGN_GROUP_DBID: dbid,
      GSW_CAMPAIGN_GROUP_STATE: numbers.state(word),
      GSW_CAMPAIGN_GROUP_ACTION: numbers.action(action),
    };
    return asciiJson(JSON.stringify(body));
  }
}

/** ICON's states: 0 (or null) terminated, 1 loaded, 2 started, 3 unloading. */
type IconState = 0 | 1 | 2 | 3;

interface Change {
  readonly dbid: string;
  readonly state: IconState;
  readonly before: IconState;
  readonly sessionId: string;
  readonly atMs: number;
}

const STATE_WORDS = ['not_loaded', 'active', 'running', 'waiting_unload'] as const;

/** Undefined: none of them. */
function stateIn(text: string): IconState | undefined {
  if (text === '') return 0;
  return /^[0-3](?:\.0*)?$/.test(text) ? (Number(text) as IconState) : undefined;
}

/** What leads from one state to another; by which of the ways a group was unloaded ICON does not say. */
function actionOf(before: IconState, state: IconState): 'load' | 'start' | 'stop' | 'unload' {
  if (state === 2) return 'start';
  if (state === 1) return before === 2 ? 'stop' : 'load';
  return 'unload';
}

function isGuid(text: string): boolean {
  return /^[\da-f]{32}$/i.test(text.replace(/[{}-]/g, ''));
}
