/**
 * Which of two notifications of a group could stand for the other, told from their bytes alone: under pressure nobody
 * has the time to parse. Careful rather than clever: what is not surely alike is not alike.
 */

/** What a notification says apart from its date-time and its figures. */
export interface Likeness {
  readonly dbid: string;
  /** Equal texts say the same state, mode, goal, action and actor, and carry the same names and unknown fields. */
  readonly text: string;
  /** GSW_DATE_TIME in seconds. */
  readonly atSeconds: number;
}

/** Numbers that are applied without a warning; any other spelling stays in the text and makes it differ. */
const PLAIN_NUMBER = String.raw`(?:0|[1-9]\d{0,14})(?:\.\d{1,25})?(?:[eE][+-]?\d{1,2})?`;
const FIGURE = new RegExp(String.raw`("GSW_STAT_[A-Z_]{1,40}"\s*:\s*)(?:null|"${PLAIN_NUMBER}"|${PLAIN_NUMBER})`, 'g');
const DATE_TIME = /"GSW_DATE_TIME"\s*:\s*("?)(\d{9,10}(?:\.\d{1,6})?)\1(?=\s*[,}])/;
const DBID = /"GSW_CAMPAIGN_GROUP_DBID"\s*:\s*(?:"([^"\\]{1,64})"|(\d{1,15}))/;
/** 2000-01-01: anything before is refused. */
const YEAR_2000_SECONDS = 946_684_800;

/** Null for a body that is not written as OCS writes its own: such a one is never left out. */
export function likenessOf(bytes: string): Likeness | null {
  const [, , seconds] = DATE_TIME.exec(bytes) ?? [];
  const [, text, number] = DBID.exec(bytes) ?? [];
  const dbid = text ?? number;
  const atSeconds = Number(seconds);
  if (dbid === undefined || !(atSeconds >= YEAR_2000_SECONDS)) return null;
  return { dbid, atSeconds, text: bytes.replace(DATE_TIME, '"GSW_DATE_TIME":').replace(FIGURE, '$1') };
}
