/** Asking the service. Paths are relative to the page, so that a base path needs no setting. */
import type { Page } from './api-types.js';

/** So that a refusal does not make the browser itself ask for a password. */
export const FROM_PAGE = { 'X-Requested-With': 'ocs-monitor-page' } as const;

export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Query = Readonly<Record<string, string | number | null | undefined>>;

/** What a sign-in that is good for reading may still be refused. */
const ADMINISTRATION: readonly string[] = ['quarantine/replay', 'session'];

/** Told of every answer's status and time: the model learns of a lost sign-in and of the service's clock. */
let onAnswer: (status: number, dateMs: number) => void = () => undefined;

export function listenToAnswers(listener: typeof onAnswer): void {
  onAnswer = listener;
}

export function apiUrl(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== null && value !== undefined && value !== '') parameters.set(name, String(value));
  const text = parameters.toString();
  return `api/v1/${path}${text === '' ? '' : `?${text}`}`;
}

export async function getJson<T>(path: string, query: Query = {}, signal: AbortSignal | null = null): Promise<T> {
  const headers = { ...FROM_PAGE, Accept: 'application/json' };
  return answerOf<T>(await ask(apiUrl(path, query), { headers, signal }));
}

export async function sendJson<T>(method: 'POST' | 'DELETE', path: string, body: unknown): Promise<T> {
  const headers = { ...FROM_PAGE, 'Content-Type': 'application/json', Accept: 'application/json' };
  const response = await ask(apiUrl(path), { method, headers, body: JSON.stringify(body) });
  return answerOf<T>(response, ADMINISTRATION.includes(path) ? 'may-be-refused' : 'is-signed-in');
}

/** Every item of a list, page by page, up to a bound. */
export async function getAll<T>(path: string, query: Query, most: number, signal?: AbortSignal): Promise<T[]> {
  return (await getWhole<Page<T>>(path, query, most, signal)).items;
}

/** The same, with the last page, for what it says beside its items. */
export async function getWhole<P extends Page<unknown>>(
  path: string,
  query: Query,
  most: number,
  signal?: AbortSignal,
): Promise<{ readonly items: P['items'][number][]; readonly lastPage: P }> {
  const items: P['items'][number][] = [];
  let cursor: string | null = null;
  for (;;) {
    const lastPage: P = await getJson<P>(path, { limit: 1000, ...query, cursor }, signal);
    items.push(...lastPage.items);
    cursor = lastPage.next_cursor;
    if (cursor === null || items.length >= most) return { items, lastPage };
  }
}

/** Fetches; that there is no answer is said in words of ours: those of browsers differ, and look like a fault of the page. */
async function ask(url: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Error('the service does not answer', { cause: error });
  }
}

async function answerOf<T>(response: Response, who: 'is-signed-in' | 'may-be-refused' = 'is-signed-in'): Promise<T> {
  const isRefused = response.status === 401 && who === 'may-be-refused';
  if (!isRefused) onAnswer(response.status, Date.parse(response.headers.get('Date') ?? ''));
  const text = await response.text();
  if (response.ok) return (text === '' ? null : JSON.parse(text)) as T;
  throw new ApiError(response.status, reasonIn(text) ?? `the service answered ${response.status}`);
}

function reasonIn(text: string): string | null {
  try {
    const { title, detail } = JSON.parse(text) as { title?: string; detail?: string };
    return [title, detail].filter(Boolean).join(': ') || null;
  } catch {
    return null;
  }
}
