/** `ocs-monitor audit callbacks`: what ICON or Info Mart has of callbacks against what is held. */
import { MonitorError } from '../domain/errors.js';
import { isSourceName } from '../domain/source.js';
import { visibleLine } from '../domain/visible-text.js';
import { faultOfFile } from '../node/input-file.js';
import { TextFile } from '../node/text-lines.js';
import { enumerationsWith } from '../ocs/enumerations.js';
import { type CallbackAuditReport, isAnythingAmiss } from '../reports/callback-audit.js';
import { auditCallbacks, type ToldBody } from '../service/audits/callback-tables.js';
import { IconFiles } from './icon-files.js';
import type { CliIo } from './io.js';
import { configOf, parseCommand } from './options.js';
import { readingProgress } from './progress.js';
import { table } from './table.js';

const OPTIONS = {
  source: { type: 'string' },
  table: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const SHOWN = 100;
/**
 * @bound damaged rows of tables that an audit of callbacks lists
 * @beyond they are counted
 * @seen `left_out` of the answer
 */
const DAMAGES_LISTED = 10_000;

interface Damage {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

export async function auditCallbackTables(args: readonly string[], io: CliIo): Promise<number> {
  const { own, positionals: named, ...parsed } = parseCommand(args, OPTIONS, Infinity);
  if (named.length === 0) throw new MonitorError('OCM_USAGE', 'audit callbacks takes the names of exported tables');
  named.forEach(mustBeReadable);
  const source = typeof own['source'] === 'string' ? own['source'] : 'default';
  if (!isSourceName(source)) throw new MonitorError('OCM_USAGE', `${JSON.stringify(source)} is no name of a source`);
  const config = configOf({ ...parsed, own, positionals: named });
  const asTable = typeof own['table'] === 'string' ? own['table'] : null;
  const files = new IconFiles({ table: asTable, enumerations: enumerationsWith(config.enumerations) });
  const arranged = await files.arrange(named);
  const damaged: Damage[] = [];
  let notListed = 0;
  const progress = readingProgress(io, 'Comparing', () => performance.now());
  const texts = arranged.map((file) => ({ file, text: new TextFile(file === '-' ? null : file, 0) }));
  const ofBytes = texts.reduce((sum, { text }) => sum + (text.sizeBytes ?? 0), 0);
  async function* told(): AsyncGenerator<readonly ToldBody[]> {
    for (const { file, text } of texts) {
      for await (const { table: name, told: all } of files.read(file, text.bytes())) {
        progress.show(
          texts.reduce((sum, one) => sum + one.text.bytesRead, 0),
          ofBytes,
        );
        yield all.flatMap((one): readonly ToldBody[] => {
          if ('damage' in one && damaged.length >= DAMAGES_LISTED) notListed++;
          else if ('damage' in one) damaged.push({ file, line: one.line, reason: one.damage });
          if ('damage' in one || name === 'GO_Campaign' || name === 'GO_CampaignHistory') return [];
          const endpoint = name === 'G_USERDATA_HISTORY' ? 'attached-data' : 'callback-events';
          return [{ endpoint, body: one.body, atMs: one.atMs }];
        });
      }
    }
  }
  const asked = { source, nowMs: io.clock.nowMs() };
  const found = await auditCallbacks(config, asked, told()).finally(progress.stop);
  const report = { ...found, left_out: found.left_out + notListed };
  if (own['json'] === true) io.out(`${JSON.stringify({ source, ...report, damaged })}\n`);
  else io.out(textOf(source, report, damaged));
  return isAnythingAmiss(report) || damaged.length > 0 ? 1 : 0;
}

function mustBeReadable(file: string): void {
  const fault = file === '-' ? null : faultOfFile(file);
  if (fault !== null) throw new MonitorError('OCM_USAGE', `${visibleLine(file)} ${fault}`);
}

function textOf(source: string, report: CallbackAuditReport, damaged: readonly Damage[]): string {
  const totals = [
    ['source', source],
    ['recorded there', report.from === null ? 'nothing' : `${report.from} to ${report.to ?? ''}`],
    ['services there', String(report.services)],
    ['of these known here', String(report.known)],
  ];
  const parts = [
    table([], totals),
    section(
      ['only there', 'at'],
      report.only_there.map(({ service_id: id, at }) => [id, at ?? '']),
    ),
    section(
      ['only here', 'at'],
      report.only_here.map(({ service_id: id, at }) => [id, at ?? '']),
    ),
    section(
      ['event missing of', 'which', 'where'],
      report.events_missing.map(({ service_id: id, final, where }) => [id, final ? 'final' : 'start', where]),
    ),
    section(
      ['differing', 'key', 'here', 'there'],
      report.differing.map(({ service_id: id, key, here, there }) => [id, key, here ?? '', there]),
    ),
    section(
      ['mandatory key missing on', 'template', 'key', 'events'],
      report.missing_keys.map(({ day, template, key, events }) => [day, template, key, String(events)]),
    ),
    section(
      ['attached data missing of', 'here', 'there'],
      report.attached_data_missing.map(({ service_id: id, here, there }) => [id, hasWord(here), hasWord(there)]),
    ),
    section(
      ['open for too long', 'since', 'where'],
      report.open_too_long.map(({ service_id: id, since, here, there }) => {
        return [id, since ?? '', here && there ? 'both' : here ? 'here' : 'there'];
      }),
    ),
    section(
      ['damaged', 'line', 'reason'],
      damaged.map(({ file, line, reason }) => [visibleLine(file), String(line), reason]),
    ),
    report.left_out > 0 ? `${report.left_out} further ones are only counted\n` : '',
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function hasWord(has: boolean | null): string {
  return has === null ? '-' : has ? 'there' : 'missing';
}

function section(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const more = rows.length > SHOWN ? `and ${rows.length - SHOWN} more: see them with --json\n` : '';
  return table(heads, rows.slice(0, SHOWN)) + more;
}
