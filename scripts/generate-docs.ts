/**
 * Writes the documents that are generated from the code: docs/configuration.md, docs/metrics.md,
 * docs/bounds.md, docs/callback-keys.md, docs/callback-measures.md, docs/openapi.json, Grafana's dashboards and its form of
 * the alerts, and the rules for the Prometheus operator. With `--check` it writes nothing, and fails when one of them is
 * stale, when a folder of theirs holds a file that nobody writes, or when a hand-written document names a path that is not
 * there.
 * Usage: npm run docs, npm run docs:check
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { SETTINGS, variableOf } from '../src/config/settings.js';
import { RULE_PROFILES, RULE_SCOPES } from '../src/domain/compliance.js';
import { CALLBACK_OUTCOMES, OUTCOMES } from '../src/domain/store.js';
import { REJECTION_REASONS } from '../src/domain/quarantine.js';
import { ENUMERATIONS } from '../src/ocs/enumerations.js';
import { callbackEventSchema } from '../src/gms/callback-schema.js';
import {
  CALLBACK_EVENTS,
  CALLBACK_GAUGES,
  CALLBACK_HISTOGRAMS,
  DOMAIN_FAMILIES,
  EVENT_FAMILIES,
  type Family,
} from '../src/prometheus/catalogue.js';
import { openApiDocument } from '../src/http/api-document/document.js';
import { readSchema } from '../src/node/schema-files.js';
import { version } from '../src/node/version.js';
import { boundsPage } from './bounds-page.js';
import { callbackKeysPage } from './callback-keys-page.js';
import { callbackMeasuresPage } from './callback-measures-page.js';
import { grafanaFiles, strangersBeside } from './grafana-files.js';
import { code, NOTE, table } from './markdown.js';
import { withPackages } from './packages.js';
import { PROMETHEUS_RULE, prometheusRule } from './prometheus-rule.js';
import { serviceFamilies } from './metric-families.js';

const ROOT = new URL('../', import.meta.url);
const HAND_WRITTEN = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'docs/callback-setup.md',
  'docs/api.md',
  'docs/dashboards.md',
  'docs/sources.md',
];

/** What a value of each kind looks like. */
const FORMS: Readonly<Record<(typeof SETTINGS)[keyof typeof SETTINGS]['kind'], string>> = {
  text: 'text',
  path: 'path',
  port: 'port',
  count: 'whole number, 1 or more',
  flag: '`true` or `false`',
  duration: 'duration',
  size: 'size',
  tokens: 'tokens',
  token: 'token',
  tenants: 'DBIDs and names',
  amount: 'amount',
  ratio: 'ratio, 0 to 1',
  host: 'address or host name',
  pii: '`masked` or `full`',
  networks: 'CIDRs',
  names: 'names, with or without a port',
  level: 'level',
  domain: '`inline` or `separate`',
  url: 'address',
};

function configurationPage(): string {
  const settings = Object.entries(SETTINGS).map(([name, setting]) => [
    code(name),
    code(variableOf(name)),
    code(`--${name.replaceAll('_', '-')}`),
    FORMS[setting.kind],
    code(setting.default) || 'unset',
    setting.help,
  ]);
  return `${NOTE}

# Configuration

Nothing has to be set. What is said in several places counts in this order: flag, environment, file, default. An empty
variable counts as unset. Every fault is named at once at the start. \`ocs-monitor check-config\` prints the settings in
force and where each comes from, with tokens masked.

${table(['Setting', 'Variable', 'Flag', 'Value', 'Default', 'What it does'], settings)}

- **Duration**: \`500ms\`, \`10s\`, \`5m\`, \`1h\`, \`30d\`, or \`0\`.
- **Size**: \`512b\`, \`256kb\`, \`10mb\`, \`1gb\`; 1 kb = 1024 bytes.
- **Tokens**: without white space, quotes or backslashes; several are separated by commas.
- **CIDRs**: \`10.0.0.0/8\`, \`2001:db8::/32\`, or single addresses; several are separated by commas.
- An \`OCM_\` variable that no setting has is named in the log and by \`check-config\`. It has no effect.

${filePart()}`;
}

function filePart(): string {
  const enumerations = Object.entries({ ...ENUMERATIONS }).map(([name, words]) => [
    code(name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
    [...words].map(([number, word]) => `${number} ${word}`).join(', '),
  ]);
  const profiles = RULE_PROFILES.map(({ name, limitRatio, per, periodMs, window }) => [
    code(name),
    String(limitRatio),
    code(per),
    `${periodMs / 86_400_000}d`,
    code(window),
  ]);
  return `## The file

\`--config FILE\` or \`OCM_CONFIG\` names a file in YAML or JSON. Its keys are the settings of the first column, and three
that only a file can hold: \`sources\`, \`enumerations\` and \`compliance\`. An unknown key is a fault.

\`\`\`yaml
port: 9000
read_tokens: [first-token, second-token]

sources:
  eu-1:
    interval: 20s
    silence_after: 90s
    maintenance: [sun 02:00-04:00 Europe/Berlin]
    shifts: [daily 08:00-20:00 Europe/Berlin]
    encoding: windows-1252

enumerations:
  state:
    6: Paused

compliance:
  strict:
    limit: 0.01
    per: campaign_group
    period: 7d
    window: rolling
\`\`\`

### sources

Per source, which is the name in \`/ocs/{source}/campaign-group-state\`; \`default\` without one.

${table(
  ['Key', 'What it does', 'When it is not said'],
  [
    [
      '`interval`',
      "This OCS's `campaigngroup-states-interval`. 0: it sends no periodic notifications.",
      '`periodic_interval`',
    ],
    ['`silence_after`', 'A running group of this source not heard of for longer is silent.', '`silence_after`'],
    [
      '`maintenance`',
      'Windows in which nobody is silent, one or a list: `sun 02:00-04:00` (UTC), `daily 23:30-00:15 Europe/Berlin`, or once `2026-12-24T20:00Z/2026-12-25T04:00Z`. After one the limits run anew.',
      'none',
    ],
    [
      '`shifts`',
      'When people work at this source, written like `maintenance`: `daily 14:00-01:30 Europe/Berlin`, or one for each weekday. A group that will not be done by then is told (OcsCampaignGroupFinishesAfterShift). Shifts that touch are one.',
      'none: nobody is told',
    ],
    [
      '`encoding`',
      'Encoding of the bodies, JSON and forms, by its WHATWG name. Percent-encoded UTF-8 stays UTF-8. What cannot be decoded becomes U+FFFD, with a warning; its bytes are kept.',
      '`utf-8`',
    ],
  ],
)}

### enumerations

The reference names the enumerations of Outbound Contact Server, not their numbers. Where a site proves one wrong, say it
here: number to word. \`NotLoaded\`, \`not-loaded\` and \`not_loaded\` are the same word. A number without a word is shown
as \`unknown(<n>)\`; it is never refused. Only the default words of \`state\` and \`action\` have a meaning in the life cycle.
After a change, the history of the groups that sent such a number is told again at the next start.

${table(['Table', 'Numbers'], enumerations)}

### compliance

Rules about abandoned calls, for \`profile=\` of \`/api/v1/compliance\` (docs/api.md#abandoned-calls-over-a-period). These are always
there; one of the same name takes the place of one of them.

${table(['Rule', 'limit', 'per', 'period', 'window'], profiles)}

${table(
  ['Key', 'What it says', 'When it is not said'],
  [
    ['`limit`', 'So many of the calls that people answer may be abandoned, a ratio.', 'a fault'],
    ['`per`', `Whose calls are taken together: ${RULE_SCOPES.map(code).join(' or ')}.`, '`campaign`'],
    ['`period`', 'Over which time, a duration.', 'a fault'],
    [
      '`window`',
      '`successive`: one period after the other, from the first load on. `rolling`: one that ends at the moment that is asked for.',
      '`successive`',
    ],
  ],
)}

## The capacity file

\`callback_capacity\` names a CSV file of the agents there are for callbacks in each slot of a week. It is read at the
start; every fault is named with its line. Times are \`HH:MM\` by the clock of the zone asked for (\`tz\` of
\`/api/v1/callbacks/capacity\`), \`24:00\` is the end of the day. Slots of a queue must not overlap.

\`\`\`csv
queue,weekday,from,to,agents
VQ_Sales,mon,08:00,12:00,5
VQ_Sales,mon,12:00,18:00,8
VQ_Service,sat,09:00,13:00,2
\`\`\`
`;
}

async function serviceRows(): Promise<string[][]> {
  const families = await serviceFamilies();
  return families.map(({ name, type, labels, help }) => [code(name), type, labels.map(code).join(', '), help]);
}

const familyRows = (families: Readonly<Record<string, Family>>) =>
  Object.values(families).map(({ name, type, labels, help }) => [
    code(name),
    type,
    labels
      .filter((label) => !GROUP_LABELS.includes(label))
      .map(code)
      .join(', '),
    help,
  ]);
const callbackRows = (families: Readonly<Record<string, Family>>) =>
  Object.values(families).map(({ name, type, labels, help }) => [code(name), type, labels.map(code).join(', '), help]);
const GROUP_LABELS = ['source', 'tenant', 'campaign_group', 'dbid'];
const HEADS = ['Metric', 'Type', 'Labels', 'Help'];
const FURTHER_HEADS = ['Metric', 'Type', 'Further labels', 'Help'];

const ABOUT_SERIES = `\`ocs_campaign_group_state\` is 1 for the present state. It is 0 for \`active\` and \`running\`, between which groups go to and
fro, and for each other state that the group was shown in since its series began. The states it never was in have no
sample, but of the first group of each source and tenant: \`sum by (state)\` always has seven rows. A running group with
three calling lists that was loaded and started has 29 series: of 10,000 such groups a scrape has 290,000 samples and 47 MB
(\`npm run bench -- --only scrape-size\`). Each rule about abandoned calls adds one to three of each group: the guess, and what is
proved.

A group that is renamed, or gets another tenant, has new series from the next scrape on, and its old ones end. \`source\` and
\`dbid\` stay: join and sum by these.`;

const ABOUT_COUNTERS = `Counted by the process that derived them, from 0 at its start. A group has what may come next at 0, so that \`increase()\`
sees it the first time: of a running one a stop, an unload, another mode, and a change that no post told. Label sets beyond
the usual ones are expected of every group once any group had them. The series leave with the others of the group. When it
is loaded again they go on where they were: the load is an increase where the range holds a sample from before, and the
history has it always, also the first of a new group. When a group was renamed, the new series go on where the old ones
ended, which is no increase: over a rename \`sum by (source, dbid) (increase(…))\` counts everything once.

In the database is what was counted, less what was withdrawn, since the process began: of each group on the page.`;

async function metricsPage(): Promise<string> {
  return `${NOTE}

# Metrics

OpenMetrics 1.0 for who prefers it, as Prometheus does; otherwise Prometheus's text format 0.0.4. \`/metrics\` carries the
service's own metrics, the transition counters and, with \`OCM_METRICS_DOMAIN=inline\` (the default), the campaign groups.
\`/metrics/domain\` carries the campaign groups only.
Scrape \`/metrics\`; with \`separate\` scrape both. Whoever asks for gzip, as Prometheus does, gets a thirteenth of the bytes.

In both formats samples have the same names, labels and values, but for bounds of buckets: \`le="1"\` is \`le="1.0"\` in
OpenMetrics, and in every format to Prometheus 3. OpenMetrics says the unit of a family, calls a family of counters by its
name without \`_total\`, and says of each counter and histogram that has counted something since when (\`_created\`): with
\`--enable-feature=created-timestamp-zero-ingestion\` Prometheus puts a 0 there, and the first event after a start, of a group,
queue or source that was never seen before, is an increase. Counters begin at 0 with each process and so do these times: one
that outlived its counter would hide the restart. Without that feature Prometheus keeps them as series; \`scrape.yml\` drops them.
OpenMetrics 2.0 is an experiment still (2.0.0-rc0) and not spoken. Without Prometheus: OTLP (docs/deployment.md).

## Campaign groups and calling lists

Every series has the labels ${GROUP_LABELS.map(code).join(', ')}. A value is cut to 128 characters and marked with a hash.

${table(FURTHER_HEADS, familyRows(DOMAIN_FAMILIES))}

When a series is there:

${table(
  ['The group is', 'State, its begin, silent, last notification, info', 'Statistics, calling lists', 'Mode, goal'],
  [
    ['running and heard of', 'yes', 'those that OCS knows; a null or absent one has no sample', 'yes, where said'],
    ['running and silent', 'yes; `ocs_campaign_group_silent` is 1, the state stays `running`', 'no', 'yes, where said'],
    ['loaded, not running', 'yes', 'no', 'no'],
    ['unloaded', 'until `OCM_UNLOADED_RETENTION` after it was last heard of', 'no', 'no'],
  ],
)}

After a restart the series are there again before the service listens. Silence is then judged anew, from the start.
Those of abandoned calls come back within a minute or, of many groups, as the reader comes round: it is asked for two seconds a
minute at most.

${ABOUT_SERIES}

## Transitions

${ABOUT_COUNTERS}

${table(FURTHER_HEADS, familyRows(EVENT_FAMILIES))}

\`action\` is \`none\` where \`inferred\` is \`true\`. Replays are counted here too.

## Callbacks

On \`/metrics\`, counted by the process that committed the record first, from 0 at its start; replayed records are not
counted. A callback is counted once, at its first final record; events after it are kept and never counted. \`tenant\` is
the name that \`OCM_TENANTS\` gives its DBID, else the DBID.

${table(HEADS, callbackRows({ ...CALLBACK_EVENTS, ...CALLBACK_HISTOGRAMS }))}

\`state\`, \`sub_state\`, \`channel\`, \`offer_timing\` and \`result\` are the vendor's words; any other word is \`other\`, one not
reported \`unknown\` (a state without sub-state: \`none\`). Beyond 200 queues or tenants further ones are \`other\`.
The series of a queue leave eight days after its last record; others may have its place. A queue that gets another name is
another queue: the old series stay at their value until then, the new ones begin at 0.

On \`/metrics/domain\`, and on \`/metrics\` with \`OCM_METRICS_DOMAIN=inline\`:

${table(HEADS, callbackRows(CALLBACK_GAUGES))}

## The service

${table(HEADS, await serviceRows())}

- \`outcome\`: ${[...new Set([...OUTCOMES, ...CALLBACK_OUTCOMES, 'quarantined'])].map(code).join(', ')}.
- \`reason\`: ${REJECTION_REASONS.map(code).join(', ')}.
- \`rule\`: \`absent\` (a required name), \`unknown_number\`, \`unknown_word\`, \`unknown_field\`, \`duplicate_key\` (with equal values), \`bad_value\`.
- \`source\`: beyond \`OCM_MAX_SOURCES\`, and for posts that were not authenticated from sources not known, \`(other)\`.
- Replays are not counted in \`ocs_monitor_notifications_total\`.

Besides these, \`process_*\` and \`nodejs_*\` are the default metrics of prom-client.
`;
}

/** As the service answers it without a base path; the version is that of whoever reads it. */
function openApi(): unknown {
  const notificationSchema = readSchema('campaign-group-state.schema.json');
  return openApiDocument({ version, basePath: '', notificationSchema, callbackSchema: callbackEventSchema() });
}

/** Paths named in a document, as they lie below the root; those of a picture or code map may leave out `src/`. */
function pathsNamedIn(text: string): string[] {
  const full = /(?<![\w./-])(?:src|test|docs|schemas|migrations|bench|scripts|grafana)\/[\w./-]*/g;
  const short = /(?<![\w./-])(?:cli|domain|http|ingest|ocs|prometheus|reports|sqlite)\/[a-z-]+[.]ts\b/g;
  return [
    ...(text.match(full) ?? []).map((path) => path.replace(/[.]+$/, '')),
    ...(text.match(short) ?? []).map((path) => `src/${path}`),
  ];
}

function write(path: string, text: string): void {
  const file = new URL(path, ROOT);
  mkdirSync(new URL('.', file), { recursive: true });
  writeFileSync(file, text);
}

function isAsWritten(path: string, text: string): boolean {
  const file = new URL(path, ROOT);
  return existsSync(file) && readFileSync(file, 'utf8') === text;
}

async function main(): Promise<number> {
  const check = process.argv.includes('--check');
  const bounds = boundsPage(ROOT);
  const faults: string[] = [...bounds.faults];
  const pages = {
    'docs/bounds.md': bounds.text,
    'docs/configuration.md': configurationPage(),
    'docs/metrics.md': await metricsPage(),
    'docs/openapi.json': `${JSON.stringify(openApi(), null, 2)}\n`,
    'docs/callback-measures.md': callbackMeasuresPage(),
    'docs/callback-keys.md': callbackKeysPage(),
    'schemas/callback-event.schema.json': `${JSON.stringify(callbackEventSchema(), null, 2)}\n`,
    ...grafanaFiles(ROOT),
    [PROMETHEUS_RULE]: await prometheusRule(ROOT),
    ...(await withPackages(ROOT, ['README.md', 'CONTRIBUTING.md'])),
  };
  for (const [path, text] of Object.entries(pages)) {
    if (!check) write(path, text);
    else if (!isAsWritten(path, text)) faults.push(`${path} is stale: npm run docs`);
  }
  faults.push(...strangersBeside(pages, ROOT));
  for (const document of HAND_WRITTEN) {
    for (const path of pathsNamedIn(readFileSync(new URL(document, ROOT), 'utf8'))) {
      if (!existsSync(new URL(path, ROOT))) faults.push(`${document} names ${path}, which does not exist`);
    }
  }
  for (const fault of faults) process.stdout.write(`${fault}\n`);
  return faults.length === 0 ? 0 : 1;
}

process.exitCode = await main();
