/** docs/callback-measures.md: the tables of the code, and what they need to be read. */
import { pairOf } from '../src/gms/key-value-pairs.js';
import { DIMENSIONS } from '../src/reports/callback-dimensions.js';
import { FINDINGS } from '../src/reports/callback-findings.js';
import { MEASURES } from '../src/reports/callback-measures.js';
import { OUTCOME_NAMES } from '../src/reports/callback-outcome.js';
import { code, NOTE, table } from './markdown.js';

const keyOf = (field: Parameters<typeof pairOf>[0]) => code(pairOf(field).name);

const KINDS = {
  count: 'count',
  total: 'total; null when no callback reports a value',
  mean: 'mean; null when no callback reports a value',
} as const;

export function callbackMeasuresPage(): string {
  const measures = MEASURES.map(({ name, unit, kind, definition, needsRefusals, reportedBy }) => [
    code(name),
    unit,
    unit === 'ratio' ? 'share; null of nothing' : KINDS[kind],
    `${definition}${reportedBy.length > 0 ? `, of sources that report ${reportedBy.map(keyOf).join(' or ')} ²` : ''}${needsRefusals ? ' ¹' : ''}`,
  ]);
  return `${NOTE}

# Callback measures

What \`/api/v1/callbacks/summary\` and \`/api/v1/callbacks/details\` say, and how it is counted.

- **Counted** are callbacks with a final record, once each, as merged from all of their events. Events after the final
  record count for nothing.
- **When**: in the interval in which the callback ended. That is \`_CB_T_SERVICE_END\`, without it the time at which
  the final record was received. Hours, days, ISO weeks (from Monday) and months go by the clock of \`tz\`. An hour that
  the clock shows twice is two hours; where it skips the first moment of an interval, the interval begins with the change.
- **Means** are over the callbacks that report the value. 0 is absent in the keys that are not mandatory; flags are not.
- **Words** are compared without regard to case, hyphens, underscores and spaces. The sub-state is what follows the dot of
  \`_CB_DISPOSITION\`; a text that an agent put there instead has none of the sub-states below.
- **Counts of ends overlap** where the records say so: a callback may be successful and rescheduled. Only the four of the
  funnel, and \`unsuccessful\` against the six it excludes, never do.

## Dimensions

\`by\` takes several of ${DIMENSIONS.map(code).join(', ')}; of the first four one at most. Without one of them there is
one interval, the range. What a callback does not report is \`UNKNOWN\`. \`disposition\` is the vendor's form in capitals,
or an agent's text with numbers to call in it masked. \`tenant\` is the name known for the DBID, else the DBID.

## Measures

${table(['Measure', 'Unit', 'Kind', 'Definition'], measures)}

¹ Many sites send accepted callbacks only. When no callback of a source in the whole range was offered and refused, its
refusals are not reported. Of a row to which such a source contributes these measures are null, never 0 or 100 %. A
source that had none refused by chance looks the same; ask for a longer range.

² A source reports a key when any of its callbacks in the whole range does, whatever the filter. One that does not has
no part in the share; where no source of a row does, the share is null, never 0 or 100 %.

${detailsPart()}`;
}

function detailsPart(): string {
  return `## Outcome

\`outcome\` of a callback's details is the first that holds of ${OUTCOME_NAMES.map(code).join(', ')}; null while it is
open.

## Findings

What in one callback's records does not fit together. Different service starts are none: the copy attached to a call may
be the appointment.

${table(
  ['Finding', 'Meaning'],
  Object.entries(FINDINGS).map(([name, meaning]) => [code(name), meaning]),
)}

## Capacity

The capacity file says how many agents there are for callbacks in each weekly slot. It is CSV with the header
\`queue,weekday,from,to,agents\`: the queue as in \`_CB_DIM_VQ\`, the weekday \`mon\` to \`sun\`, times \`HH:MM\` up to
\`24:00\` by the clock of the zone. A slot ends on the day on which it begins; slots of a queue don't overlap. Of each
slot in the range: \`accepted\`, the callbacks accepted within it, however they went on; \`due\`, the open ones with an
appointment, the end of a snooze or the next redial within it; \`waiting\`, the open ones without such a time, in the
slot that contains now; \`open\`, the last two together. What falls into no slot is counted apart.

## Open callbacks

Open is a callback with a record, but without a final one, that was alive within \`OCM_CALLBACK_TTL\`: in \`?open=true\` and
\`?due=\` of the list, as \`waiting\` and \`due\` of the capacity report, and on \`gms_callback_open\`. One known by attached
data or status notifications alone is listed with the state \`unknown\` and counted nowhere. An appointment is at the time
that was said last: by the attached data of a call, or by a status notification. Once the attempt has begun nothing is due
any more, though the record keeps its plan: a dial or a connection at or after that time, an agent on the call, or a status
notification that tells of one of them or of the end.

## Customers' numbers

\`customer_ani\` and \`customer_phone_number\` show the last four digits unless whole numbers are configured; of four
digits or fewer nothing is shown. Their hashes are HMAC-SHA-256 over the digits, without a leading 00: \`ocs-monitor
phone-hash +4915112345678\` prints the one to ask for with \`?phone_hash=\`. Blanks and hyphens make no difference; a number
without its country is another one. In CSV a whole number like \`+4915112345678\` stands as it is, and every other text that a
spreadsheet could run is prefixed with an apostrophe.
`;
}
