/** Queries of our own API through the Infinity data source (backend parser), and what they may ask for. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { INFINITY } from './variables.js';

export interface Column {
  /** Path in a row of the API. */
  readonly selector: string;
  /** Heading. */
  readonly text: string;
  readonly type: 'string' | 'number' | 'timestamp';
}

export interface InfinityTarget {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly type: 'json';
  readonly source: 'url';
  readonly parser: 'backend';
  readonly format: 'table' | 'dataframe';
  readonly url: string;
  readonly url_options: {
    readonly method: 'GET';
    readonly data: '';
    readonly params: readonly { readonly key: string; readonly value: string }[];
  };
  readonly root_selector: string;
  readonly columns: readonly Column[];
  readonly filters: readonly [];
}

export interface Asked {
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly columns: readonly Column[];
  /** GJSON; `items` unless only some of them are wanted. */
  readonly root?: string;
  readonly format?: 'table' | 'dataframe';
}

/** The dashboard's time range, as the API takes it. */
export const RANGE = { from: '${__from:date:iso}', to: '${__to:date:iso}' } as const;

/** Parameters are encoded by the data source; its base URL and its token come from provisioning. */
export function api({ path, params = {}, columns, root = 'items', format = 'table' }: Asked): Builder<Dataquery> {
  const target: InfinityTarget = {
    refId: 'A',
    datasource: INFINITY,
    type: 'json',
    source: 'url',
    parser: 'backend',
    format,
    url: `/api/v1${path}`,
    url_options: {
      method: 'GET',
      data: '',
      params: Object.entries(params).map(([key, value]) => ({ key, value })),
    },
    root_selector: root,
    columns,
    filters: [],
  };
  return { build: () => ({ ...target, _implementsDataqueryVariant: () => undefined }) };
}

export const text = (selector: string, heading: string): Column => ({ selector, text: heading, type: 'string' });
export const number = (selector: string, heading: string): Column => ({ selector, text: heading, type: 'number' });
export const time = (selector: string, heading: string): Column => ({ selector, text: heading, type: 'timestamp' });
