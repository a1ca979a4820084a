/** Writes what is known of past days so that nobody changes it unseen, and looks at such a file again. */
import { createReadStream } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import { messageOf, MonitorError } from '../domain/errors.js';
import { visibleLine } from '../domain/visible-text.js';
import { sha256Hashing } from '../node/digest.js';
import { version } from '../node/version.js';
import { dayOf } from '../reports/export/compliance-lines.js';
import { END, HEAD, SealedLines, SealVerifier, type Verified } from '../reports/export/day-chain.js';
import type { ComplianceDays } from '../service/held.js';
import { withHeld } from '../service/open-held.js';
import { interrupted, type Output, writeExactly } from './export-output.js';
import type { CliIo } from './io.js';

const DAY_MS = 86_400_000;
/**
 * @bound days of one file
 * @beyond the command is refused: name a shorter range
 * @seen the answer
 */
const MAX_DAYS = 3700;

export interface ComplianceAsked {
  /** Null: from the first day on, up to yesterday. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly source: string | null;
  readonly out: string | null;
  readonly isJson: boolean;
}

export async function exportCompliance(config: Config, asked: ComplianceAsked, io: CliIo): Promise<void> {
  const { out, source, isJson } = asked;
  if (out?.endsWith('.gz') === true)
    throw new MonitorError('OCM_USAGE', 'compliance is verified byte by byte: leave .gz out of its name');
  const told = await withHeld(config, async (held) => {
    const days = held.compliance();
    const range = daysOf(days.firstMs(source), asked, io.clock.nowMs());
    const sealed = new SealedLines(sha256Hashing);
    const bytes = await writeExactly(out, (file) => write({ file, sealed, days, range, source }, io), io);
    return { from: dayOf(range), to: dayOf({ ...range, fromMs: range.toMs - DAY_MS }), bytes, seal: sealed.last };
  });
  // On standard output stand the days, where they have no file.
  const tell = out === null ? io.err : io.out;
  if (isJson) tell(`${JSON.stringify({ what: 'compliance', file: out, ...told })}\n`);
  else {
    const { from, to, bytes, seal } = told;
    tell(out === null ? `${from} to ${to}.\n` : `${visibleLine(out)}: ${from} to ${to}, ${bytes ?? 0} bytes.\n`);
    tell(`Keep its seal elsewhere: ${seal}\n`);
  }
}

interface Writing {
  readonly file: Output;
  readonly sealed: SealedLines;
  readonly days: ComplianceDays;
  readonly range: { readonly fromMs: number; readonly toMs: number };
  readonly source: string | null;
}

async function write({ file, sealed, days, range, source }: Writing, { signal, clock }: CliIo): Promise<void> {
  // Seals are of bytes.
  const line = (value: string) => sealed.line(Buffer.from(value).toString('latin1'));
  const append = (text: string) => {
    file.appendBytes(Buffer.from(text, 'latin1'));
  };
  const [from, to] = [dayOf(range), dayOf({ ...range, fromMs: range.toMs - DAY_MS })];
  const head = { record: 'head', what: 'compliance', by: `ocs-monitor ${version}`, source, from, to };
  append(line(JSON.stringify({ ...head, made_at: new Date(clock.nowMs()).toISOString() })));
  append(sealed.seal(HEAD));
  for (let fromMs = range.fromMs; fromMs < range.toMs; fromMs += DAY_MS) {
    const day = { fromMs, toMs: fromMs + DAY_MS };
    for (const lines of days.day(day, source)) {
      await turn();
      if (signal.aborted) throw interrupted();
      if (lines.length > 0) append(lines.map(line).join(''));
    }
    append(sealed.seal(dayOf(day)));
  }
  append(sealed.seal(END));
}

/** Whole days that are over, of UTC. */
function daysOf(firstMs: number | null, { fromMs, toMs }: ComplianceAsked, nowMs: number): Writing['range'] {
  const startOf = (ms: number) => Math.floor(ms / DAY_MS) * DAY_MS;
  const todayMs = startOf(nowMs);
  if ([fromMs, toMs].some((ms) => ms !== null && ms !== startOf(ms)))
    throw new MonitorError('OCM_USAGE', 'of compliance --from and --to should be days, like 2026-11-20');
  if (toMs !== null && toMs > todayMs)
    throw new MonitorError('OCM_USAGE', `--to should be no later than today, ${dayOf({ fromMs: todayMs, toMs: 0 })}`);
  const beginMs = fromMs ?? (firstMs === null ? null : startOf(firstMs));
  const range = { fromMs: beginMs ?? todayMs, toMs: toMs ?? todayMs };
  if (range.fromMs >= range.toMs)
    throw new MonitorError(
      'OCM_NOTHING_STORED',
      'no day is over of which anything is held: a day is told when it is over',
    );
  if ((range.toMs - range.fromMs) / DAY_MS > MAX_DAYS)
    throw new MonitorError(
      'OCM_USAGE',
      `one file has at most ${MAX_DAYS} days: name a later --from, or an earlier --to`,
    );
  return range;
}

/** Whether a file is as it was sealed. `seal`: its last one, as it was kept elsewhere; null: that is not known. */
export async function verifyExport(path: string, seal: string | null, isJson: boolean, io: CliIo): Promise<number> {
  const verifier = new SealVerifier(sha256Hashing);
  try {
    for await (const chunk of createReadStream(path, { signal: io.signal }) as AsyncIterable<Buffer>)
      verifier.feed(chunk.toString('latin1'));
  } catch (error) {
    throw new MonitorError('OCM_UNAVAILABLE', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  const verified = verifier.end();
  const isOther = seal !== null && seal !== verified.lastSeal;
  const isGood = verified.changed.length === 0 && !isOther;
  if (isJson) {
    const { days, lastSeal, changed } = verified;
    io.out(`${JSON.stringify({ file: path, good: isGood, days, changed, seal: lastSeal, other_seal: isOther })}\n`);
  } else io.out(`${visibleLine(path)}: ${wordsFor(verified, isOther)}\n`);
  return isGood ? 0 : 1;
}

/** Days that are named. */
const SHOWN = 20;

function wordsFor({ days, changed, lastSeal }: Verified, isOther: boolean): string {
  if (changed.length > 0) {
    const named = changed.slice(0, SHOWN).join(', ');
    const more = changed.length > SHOWN ? ` and ${changed.length - SHOWN} more` : '';
    return `changed since it was sealed: ${visibleLine(named)}${more}`;
  }
  if (isOther) return `every day is as its seal says, but the last seal is ${lastSeal ?? 'none'}: it is another file`;
  return `${days} days, as they were sealed; the last seal is ${lastSeal ?? 'none'}`;
}
