/** Bodies as a callback service posts them now, and what is asked of the service about them. */
import type { TestApp } from './app.js';

export type Keys = Readonly<Record<string, unknown>>;
export interface Violation {
  readonly field: string;
  readonly rule: string;
  readonly found: string;
}
/** Whatever a receiving or reading URL answers. */
export interface Answer {
  readonly status: number;
  readonly outcome?: string;
  readonly service_id?: string;
  readonly quarantine_id?: string;
  readonly violations?: readonly Violation[];
  readonly warnings?: readonly Violation[];
  readonly items?: readonly Answer[];
}
export type Item = Readonly<Record<string, unknown>>;
export interface List {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

export const seconds = (ms = new Date().getTime()): number => Math.floor(ms / 1000);

/** The same for every body of a run: a body made again is equal. */
const NOW = seconds();

/** The keys that every event must carry, and what matters to the test. */
export function anEvent(keys: Keys = {}): Record<string, unknown> {
  return {
    _CB_SERVICE_ID: 'service-1',
    _CB_T_SERVICE_START: NOW - 600,
    _CB_D_CALLBACK_OFFER: 12,
    _CB_N_CALLBACK_OFFERED: 1,
    _CB_T_CALLBACK_OFFERED: NOW - 590,
    ...keys,
  };
}

/** The last event of a callback that reached its agent. */
export function aFinal(keys: Keys = {}): Record<string, unknown> {
  return anEvent({
    _CB_FINAL_RECORD: 1,
    _CB_DISPOSITION: 'COMPLETED.AGENT',
    _CB_T_SERVICE_END: NOW - 60,
    _CB_N_AGENT_ADDED_TO_IXN: 1,
    ...keys,
  });
}

export const EVENTS = '/gms/callback-events';
export const ATTACHED = '/gms/attached-data';
export const STATUS = '/gms/status-notifications';

/** Posts a body, as JSON unless it is a text or bytes already. */
export async function send(
  { url }: Pick<TestApp, 'url'>,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(url + path, { method: 'POST', body: body instanceof Uint8Array ? Buffer.from(body) : text, headers });
}

/** As `send`; resolves with the answer's body and its status. */
export async function answerTo(...args: Parameters<typeof send>): Promise<Answer> {
  const response = await send(...args);
  return { ...((await response.json()) as object), status: response.status };
}

export async function get(app: Pick<TestApp, 'url'>, path: string): Promise<Item> {
  const response = await fetch(`${app.url}/api/v1${path}`);
  if (response.status !== 200) throw new Error(`${path}: ${String(response.status)} ${await response.text()}`);
  return (await response.json()) as Item;
}

export async function list(app: Pick<TestApp, 'url'>, path: string): Promise<List> {
  return (await get(app, path)) as unknown as List;
}

export async function textOf(app: Pick<TestApp, 'url'>, path: string): Promise<string> {
  return (await fetch(app.url + path)).text();
}
