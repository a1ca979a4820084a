/** What every dashboard must keep to. Each rule gives its violations, by name of the place. */
import {
  expressionsOf,
  isProm,
  type Panel,
  shownPanels,
  type Target,
  variableExpressionsOf,
  variablesIn,
  withoutVariables,
} from './dashboard-model.js';
import { cells, columnsOf, durations, overrides, place, type Rule, titles, when } from './look-rules.js';
import { metricsIn, notInAllReleases, parseErrors, type MetricUse } from './promql.js';

const PROMETHEUS = '${datasource}';
const API = '${infinity}';
const GRID = 24;

const header: Rule = ({ uid, title, description, tags, editable, panels }) => [
  ...when(
    uid === '' || title === '' || description === '' || tags.length === 0,
    `${uid}: needs title, description, tag`,
  ),
  ...when(editable, `${uid}: may be edited by hand, and the next provisioning undoes it`),
  ...when(new Set(panels.map(({ id }) => id)).size !== panels.length, `${uid}: two panels have one id`),
];

/** What dashboards of the v2 model have, and resources around a dashboard. */
const NOT_CLASSIC = ['apiVersion', 'kind', 'metadata', 'spec', 'elements', 'layout'];

/** Grafana 13 exports v2, of some releases under the name of the classic model, and its file provisioning refuses it. */
const classic: Rule = (dashboard) => [
  ...NOT_CLASSIC.filter((key) => key in dashboard).map(
    (key) => `${dashboard.uid}: has ${key}: no classic dashboard, which provisioning from files takes alone`,
  ),
  ...when(!Number.isInteger(dashboard.schemaVersion), `${dashboard.uid}: no schemaVersion: no classic dashboard`),
];

const described: Rule = (dashboard) =>
  shownPanels(dashboard).flatMap((panel) => {
    const { unit = '', noValue = '' } = panel.fieldConfig?.defaults ?? {};
    return [
      ...when((panel.title ?? '') === '', `${place(dashboard, panel)}: no title`),
      ...when((panel.description ?? '').length < 15, `${place(dashboard, panel)}: no description`),
      ...when(unit === '', `${place(dashboard, panel)}: no unit`),
      ...when(noValue === '', `${place(dashboard, panel)}: does not say what no data means`),
      ...when((panel.targets ?? []).length === 0, `${place(dashboard, panel)}: no query`),
    ];
  });

const dataSources: Rule = (dashboard) => {
  const { uid, templating } = dashboard;
  const own = templating.list.filter(({ type }) => type === 'datasource');
  const faults = [
    ...when(
      !own.some(({ name, label, query }) => name === 'datasource' && label === 'Data source' && query === 'prometheus'),
      `${uid}: no variable datasource labelled Data source`,
    ),
    ...when(own.filter(({ query }) => query === 'prometheus').length !== 1, `${uid}: one Prometheus, no more`),
  ];
  const wanted = (target: Target) => (isProm(target) ? PROMETHEUS : API);
  for (const panel of shownPanels(dashboard)) {
    for (const target of panel.targets ?? []) {
      const found = [target.datasource?.uid, panel.datasource?.uid];
      if (found.some((one) => one !== wanted(target)))
        faults.push(`${place(dashboard, panel)} / ${target.refId}: a data source that nobody chose`);
    }
  }
  return faults;
};

const variables: Rule = ({ uid, templating }) =>
  templating.list
    .filter(({ type }) => type === 'query')
    .flatMap((variable) => [
      ...when(variable.refresh !== 2, `${uid} / ${variable.name}: not asked for anew with the time range`),
      ...when((variable.label ?? '') === '', `${uid} / ${variable.name}: no label`),
      ...when(variable.datasource?.uid !== PROMETHEUS, `${uid} / ${variable.name}: a data source that nobody chose`),
      ...when(
        variable.multi === true && (variable.includeAll !== true || variable.allValue !== '.+'),
        `${uid} / ${variable.name}: all should be .+, or 2,000 names make the query`,
      ),
    ]);

/** Of Grafana itself. */
const BUILT_IN = '__';

const knownVariables: Rule = (dashboard) => {
  const known = new Set(dashboard.templating.list.map(({ name }) => name));
  const texts = [...expressionsOf(dashboard), ...variableExpressionsOf(dashboard)].map(({ where, expr }) => ({
    where,
    text: expr,
  }));
  for (const panel of shownPanels(dashboard)) {
    for (const target of panel.targets ?? []) {
      if (!isProm(target))
        texts.push({ where: place(dashboard, panel), text: JSON.stringify([target.url, target.url_options]) });
    }
  }
  for (const { name, target } of dashboard.annotations.list)
    if (target)
      texts.push({ where: `${dashboard.uid} / ${name}`, text: JSON.stringify([target.url, target.url_options]) });
  return texts.flatMap(({ where, text }) =>
    variablesIn(text)
      .filter((name) => !name.startsWith(BUILT_IN) && !known.has(name))
      .map((name) => `${where}: no variable ${name}`),
  );
};

const promql: Rule = (dashboard) =>
  [...expressionsOf(dashboard), ...variableExpressionsOf(dashboard)].flatMap(({ where, expr }) => {
    const plain = withoutVariables(expr);
    // A time that moves with the step makes Prometheus do at every step what `@ end()` needs done once.
    const moves = expr.includes('@ end()') && /\btime(stamp)?\(/.test(expr);
    return [
      ...when(moves, 'time() beside @ end()'),
      ...parseErrors(plain),
      ...notInAllReleases(plain).map((name) => `${name}: not in every release`),
    ].map((fault) => `${where}: ${fault}`);
  });

const COUNTER = /_(total|bucket|sum|count)$/;
const asksIfThere = ({ aggregations }: MetricUse) => aggregations[0]?.op === 'group';

/** A zero that comes from nothing says that all is well while nothing is scraped. */
const calm: Rule = (dashboard) =>
  expressionsOf(dashboard).flatMap(({ where, expr }) =>
    [...expr.matchAll(/\bor\b(?:\s*on\s*\([^)]*\))?[\s(]*vector\(|\babsent\w*\(/g)].map(
      ([text]) => `${where}: ${text}: a value of nothing`,
    ),
  );

/** A ranking that does not say so is taken for the whole. */
const leftOut: Rule = (dashboard) =>
  shownPanels(dashboard)
    .filter(({ targets = [] }) => targets.some((target) => isProm(target) && /\b(top|bottom)k\b/.test(target.expr)))
    .filter(
      ({ title = '', description = '' }) =>
        !/\d|\$lanes/.test(title + description) || !description.includes('left out'),
    )
    .map((panel) => `${place(dashboard, panel)}: does not say how many are shown, and that others are left out`);

/** Several sources have groups and lists of one name. */
const legends: Rule = (dashboard) => [
  ...shownPanels(dashboard).flatMap(({ title = '', targets = [] }) =>
    targets
      .filter(isProm)
      .filter(
        ({ legendFormat = '', expr }) => /campaign_group\}|calling_list\}/.test(legendFormat) && !isOneGroup(expr),
      )
      .filter(({ legendFormat = '' }) => !tellsApart(legendFormat))
      .map(({ refId }) => `${dashboard.uid} / ${title} / ${refId}: groups of one name look alike`),
  ),
  ...dashboard.annotations.list
    .filter(({ titleFormat = '' }) => titleFormat.includes('{{campaign_group}}') && !tellsApart(titleFormat))
    .map(({ name }) => `${dashboard.uid} / ${name}: groups of one name look alike`),
  ...shownPanels(dashboard)
    .filter(({ type }) => type === 'table')
    .map((panel) => ({ panel, headings: columnsOf(panel) }))
    .filter(({ headings }) => headings.includes('Group') && !['Source', 'DBID'].every((one) => headings.includes(one)))
    .map(({ panel }) => `${place(dashboard, panel)}: groups of one name look alike`),
];
const isOneGroup = (expr: string) => expr.includes('source="$source", dbid="$dbid"');
const tellsApart = (legend: string) => legend.includes('{{source}}') && legend.includes('{{dbid}}');

const RATES = new Set(['rate', 'irate']);
const COUNTS = new Set(['rate', 'irate', 'increase']);

const rates: Rule = (dashboard) =>
  expressionsOf(dashboard).flatMap(({ where, expr }) => {
    const fixed = [...expr.matchAll(/\bi?rate\(([^[]*)\[([^\]]*)\]/g)].filter(
      ([, , range]) => range !== '$__rate_interval',
    );
    const bare = metricsIn(withoutVariables(expr)).filter(
      (use) => COUNTER.test(use.name) && !COUNTS.has(use.functions[0] ?? '') && !asksIfThere(use),
    );
    return [
      ...fixed.map(([text]) => `${where}: ${text}: rate goes with $__rate_interval`),
      ...bare.map(({ name }) => `${where}: ${name}: a counter is read by rate or increase`),
      ...metricsIn(withoutVariables(expr))
        .filter(({ name, functions }) => RATES.has(functions[0] ?? '') && !COUNTER.test(name))
        .map(({ name }) => `${where}: ${name}: rate of what is no counter`),
    ];
  });

const DOMAIN = /^(ocs_campaign_group_|ocs_calling_list_|gms_callback_)/;
/** Several receivers show the same group: a view is merged before anything else is done with it, a count is summed up. */
const severalReceivers: Rule = (dashboard) =>
  expressionsOf(dashboard).flatMap(({ where, expr }) =>
    metricsIn(withoutVariables(expr))
      .filter(({ name }) => DOMAIN.test(name))
      .filter((use) => !isMerged(use, COUNTER.test(use.name) ? ['sum', 'group'] : ['max', 'min']))
      .map(({ name }) => `${where}: ${name}: ${COUNTER.test(name) ? 'sum' : 'max'} without (instance, pod) first`),
  );

function isMerged({ aggregations }: MetricUse, ops: readonly string[]): boolean {
  const [first] = aggregations;
  if (!first || !ops.includes(first.op)) return false;
  const has = (label: string) => first.labels.includes(label);
  return first.grouping === 'without' ? has('instance') && has('pod') : !has('instance') && !has('pod');
}

const api: Rule = (dashboard) => {
  const targets = shownPanels(dashboard).flatMap((panel) =>
    (panel.targets ?? []).flatMap((target) => (isProm(target) ? [] : [{ where: place(dashboard, panel), target }])),
  );
  const marks = dashboard.annotations.list.flatMap(({ name, target }) =>
    target ? [{ where: `${dashboard.uid} / ${name}`, target }] : [],
  );
  return [...targets, ...marks].flatMap(({ where, target }) => {
    const keys = target.url_options.params.map(({ key }) => key);
    const headings = target.columns.map(({ text }) => text);
    return [
      ...when(target.parser !== 'backend', `${where}: alerting and shared dashboards need the backend parser`),
      ...when(target.type !== 'json' || target.source !== 'url', `${where}: not a JSON URL`),
      ...when(!target.url.startsWith('/api/v1/'), `${where}: not our API`),
      ...when(!keys.includes('limit'), `${where}: no limit`),
      ...when(keys.includes('from') !== keys.includes('to'), `${where}: half a range`),
      ...when(headings.length === 0 || new Set(headings).size !== headings.length, `${where}: columns that look alike`),
    ];
  });
};

const links: Rule = (dashboard, all) => {
  const target = (url: string) => all.find(({ uid }) => uid === /^\/d\/([^?]*)/.exec(url)?.[1]);
  const faults = dashboard.links.flatMap(({ title, url, keepTime, includeVars }) => [
    ...when(target(url) === undefined, `${dashboard.uid} / link ${title}: no dashboard ${url}`),
    ...when(!keepTime || !includeVars, `${dashboard.uid} / link ${title}: forgets time or variables`),
  ]);
  for (const other of all) {
    if (other !== dashboard && !dashboard.links.some(({ url }) => url === `/d/${other.uid}`))
      faults.push(`${dashboard.uid}: no link to ${other.uid}`);
  }
  for (const panel of shownPanels(dashboard)) {
    for (const url of dataLinks(panel)) {
      const to = target(url);
      const known = new Set(to?.templating.list.map(({ name }) => name));
      const asked = [...url.matchAll(/[?&]var-(\w+)=|\$\{(\w+):queryparam\}/g)].map(
        ([, plain, whole]) => plain ?? whole ?? '',
      );
      faults.push(
        ...when(to === undefined, `${place(dashboard, panel)}: no dashboard ${url}`),
        ...when(!url.includes('${__url_time_range}'), `${place(dashboard, panel)}: the link forgets the time`),
        ...when(
          !asked.includes('datasource') || !asked.includes('infinity'),
          `${place(dashboard, panel)}: the link forgets the data sources`,
        ),
        ...asked
          .filter((name) => !known.has(name))
          .map((name) => `${place(dashboard, panel)}: ${url} has no variable ${name}`),
        ...[...url.matchAll(/__data\.fields\.(\w+)/g)]
          .filter(([, column = '']) => !columnsOf(panel).includes(column))
          .map(([, column = '']) => `${place(dashboard, panel)}: no column ${column} for the link`),
      );
    }
  }
  return faults;
};

function dataLinks({ fieldConfig }: Panel): string[] {
  const values = fieldConfig?.overrides.flatMap(({ properties }) => properties.filter(({ id }) => id === 'links'));
  return (values ?? []).flatMap(({ value }) => (value as { url: string }[]).map(({ url }) => url));
}

/** Rows as wide as the grid, without holes and overlaps. */
const grid: Rule = ({ uid, panels }) => {
  const taken = new Map<string, number>();
  const faults: string[] = [];
  for (const { id, gridPos } of panels) {
    for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        if (x >= GRID) faults.push(`${uid}: panel ${id} sticks out`);
        if (taken.has(`${x},${y}`)) faults.push(`${uid}: panel ${id} lies on ${taken.get(`${x},${y}`) ?? ''}`);
        taken.set(`${x},${y}`, id);
      }
    }
  }
  const bottom = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  return [...new Set([...faults, ...when(taken.size !== GRID * bottom, `${uid}: a hole in the grid`)])];
};

export const RULES = {
  classic,
  header,
  described,
  dataSources,
  variables,
  knownVariables,
  promql,
  calm,
  leftOut,
  legends,
  rates,
  severalReceivers,
  api,
  links,
  overrides,
  cells,
  durations,
  titles,
  grid,
} as const satisfies Readonly<Record<string, Rule>>;
