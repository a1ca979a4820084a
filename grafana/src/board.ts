/** A dashboard: rows of panels over the whole width, links to the others, two data sources. */
import {
  type AnnotationQuery,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { type BuiltPanel, dashboardLink } from './panels.js';
import { dataSources, withVariables } from './variables.js';

const WIDTH = 24;

export interface Row {
  /** A heading above the row. */
  readonly title?: string;
  readonly height: number;
  /** Panels from left to right; equally wide unless widths are said. */
  readonly panels: readonly BuiltPanel[];
  readonly widths?: readonly number[];
}

export interface Board {
  readonly uid: keyof typeof BOARDS;
  readonly title: string;
  /** The question that the dashboard answers, and its limits. */
  readonly description: string;
  readonly from: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly annotations?: readonly Builder<AnnotationQuery>[];
  readonly rows: readonly Row[];
}

/** Every dashboard, in the order of the links on top of each. */
export const BOARDS = {
  'ocs-overview': { title: 'OCS overview', question: 'Which campaigns run, and what is wrong since when?' },
  'ocs-campaign-group': { title: 'OCS campaign group', question: 'What does this group do, and who did what to it?' },
  'ocs-calling-lists': { title: 'OCS calling lists', question: 'When does a list finish, and which one is bad?' },
  'gms-callbacks': { title: 'Callbacks', question: 'How are callbacks doing, and how long do people wait?' },
  'ocs-monitor': { title: 'OCS monitor', question: 'Can the monitor be trusted, and who does not report?' },
} as const;

export function boardOf({ uid, title, description, from, variables, annotations = [], rows }: Board): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['ocs'])
    .readonly()
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('30s')
    .time({ from, to: 'now' });
  withVariables(builder, [...dataSources(), ...variables]);
  for (const [other, { title: name, question }] of Object.entries(BOARDS)) {
    if (other !== uid) builder.link(dashboardLink(other, name, question));
  }
  builder.annotations([...annotations]);
  placeRows(builder, rows);
  return inView(builder.build());
}

/** The SDK hides links and annotation switches in a menu; they belong on top of the dashboard. */
function inView(dashboard: Dashboard): Dashboard {
  const shown = <T extends object>(items: readonly T[] = []) =>
    items.map((item) => Object.fromEntries(Object.entries(item).filter(([key]) => key !== 'placement')) as T);
  return { ...dashboard, links: shown(dashboard.links), annotations: { list: shown(dashboard.annotations.list) } };
}

function placeRows(builder: DashboardBuilder, rows: readonly Row[]): void {
  let id = 1;
  let y = 0;
  for (const { title, height, panels, widths } of rows) {
    if (title !== undefined) {
      builder.withRow(new RowBuilder(title).id(id++).gridPos({ x: 0, y: y++, w: WIDTH, h: 1 }));
    }
    let x = 0;
    for (const [at, panel] of panels.entries()) {
      const w = widths?.[at] ?? WIDTH / panels.length;
      const place = { id: id++, gridPos: { x, y, w, h: height } };
      builder.withPanel({ build: () => ({ ...panel.build(), ...place }) });
      x += w;
    }
    y += height;
  }
}
