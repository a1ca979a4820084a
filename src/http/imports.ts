/** Bringing in what did not come by posts: an import begins, sends its items batch by batch, and ends. For administrators. */
import express, { type Request, Router } from 'express';
import { MonitorError } from '../domain/errors.js';
import { type ImportAbout, importDetail, type ImportItem, MAX_IMPORT_ITEMS } from '../domain/import.js';
import { IMPORTED_FROM, isImportedFrom } from '../domain/origin.js';
import { ENDPOINTS } from '../domain/quarantine.js';
import { isSourceName } from '../domain/source.js';
import type { Oversize, Receipt } from '../domain/store.js';
import type { Administration } from './administration.js';
import type { AdministrativeWork } from './ports.js';
import { ProblemError } from './problem.js';

export interface ImportRoutes {
  readonly work: AdministrativeWork;
  readonly administration: Administration;
  readonly bodyLimitBytes: number;
}

/** Characters of a batch beside one body, and how many a byte may take in JSON. */
const BATCH_BYTES = 4 * 1024 * 1024;
const JSON_BYTES = 6;
/**
 * @bound files that an import names
 * @beyond it is refused
 * @seen the answer
 */
const MAX_FILES = 1000;
/**
 * @bound characters of the name of a file of an import
 * @beyond it is refused
 * @seen the answer
 */
const MAX_NAME = 1000;

export function importRoutes({ work, administration, bodyLimitBytes }: ImportRoutes): Router {
  const router = Router();
  const limit = BATCH_BYTES + JSON_BYTES * bodyLimitBytes;
  router.post(
    '/imports',
    ...administration.mayAct,
    express.json({ limit: '1mb', type: () => true }),
    async (request, response) => {
      const about = aboutOf(request.body);
      const id = await administration.audited(
        request,
        'import.begin',
        () => Promise.resolve(work.beginImport(about)),
        () => importDetail(about),
      );
      response.status(201).json({ id });
    },
  );
  router.post(
    '/imports/:id/items',
    ...administration.mayAct,
    express.json({ limit, type: () => true }),
    async (request: Request<{ id: string }>, response) => {
      const receipts = await work.takeImported(request.params.id, itemsOf(request.body));
      if (receipts === null) throw new ProblemError(NO_IMPORT);
      response.json({ items: receipts.map(shown) });
    },
  );
  router.post('/imports/:id/end', ...administration.mayAct, async (request: Request<{ id: string }>, response) => {
    const ended = work.endImport(request.params.id);
    if (ended === null) throw new ProblemError(NO_IMPORT);
    await administration.audited(
      request,
      'import',
      () => Promise.resolve(),
      () => importDetail(ended.about, ended.counts),
    );
    response.json(ended.counts);
  });
  return router;
}

const NO_IMPORT = {
  status: 404,
  type: 'not-found',
  title: 'No such import goes on',
  detail: 'The service was started anew, or the import has ended. Begin it again: what was imported is a duplicate.',
};

/** Several events of one body are receipts of their own. */
function shown(receipt: Receipt): object {
  if (receipt.kind === 'batch') return { outcome: receipt.outcome, items: receipt.items.map(shown) };
  if (receipt.kind !== 'quarantined') return { outcome: receipt.outcome };
  const { outcome, id, reason, violations } = receipt;
  return { outcome, id, reason, violations };
}

function fault(name: string, rule: string): MonitorError {
  return new MonitorError('OCM_BAD_PARAMETER', `${name} should be ${rule}`);
}

const ABOUT_KEYS: ReadonlySet<string> = new Set(['what', 'files', 'source', 'dry_run', 'raise_horizon', 'take_back']);
const ITEM_KEYS: ReadonlySet<string> = new Set(['endpoint', 'source', 'origin', 'received_at', 'body', 'oversize']);

function objectOf(name: string, value: unknown, keys: ReadonlySet<string>): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fault(name, 'a JSON object');
  for (const key of Object.keys(value)) if (!keys.has(key)) throw fault(key, `one of ${[...keys].join(', ')}`);
  return value as Readonly<Record<string, unknown>>;
}

function aboutOf(body: unknown): ImportAbout {
  const asked = objectOf('the body', body, ABOUT_KEYS);
  const { what, files = [], dry_run: dryRun = false, raise_horizon: raisesHorizon = false } = asked;
  const { take_back: takesBack = false, source = null } = asked;
  const isName = (value: unknown): value is string =>
    typeof value === 'string' && value !== '' && value.length <= MAX_NAME;
  if (!isName(what)) throw fault('what', 'what is imported, like "notifications"');
  if (!Array.isArray(files) || files.length > MAX_FILES || !files.every(isName))
    throw fault('files', `a list of at most ${MAX_FILES} names`);
  if (source !== null && !(typeof source === 'string' && isSourceName(source)))
    throw fault('source', '1 to 64 of A-Z a-z 0-9 . _ -, or left out');
  if (typeof dryRun !== 'boolean') throw fault('dry_run', 'true or false');
  if (typeof raisesHorizon !== 'boolean') throw fault('raise_horizon', 'true or false');
  if (typeof takesBack !== 'boolean') throw fault('take_back', 'true or false');
  return { what, files, source, dryRun, raisesHorizon, takesBack };
}

function itemsOf(body: unknown): readonly ImportItem[] {
  const { items } = objectOf('the body', body, new Set(['items']));
  if (!Array.isArray(items) || items.length === 0 || items.length > MAX_IMPORT_ITEMS)
    throw fault('items', `a list of 1 to ${MAX_IMPORT_ITEMS} items`);
  return items.map(itemOf);
}

function itemOf(value: unknown): ImportItem {
  const asked = objectOf('an item', value, ITEM_KEYS);
  const { source, origin, body, oversize } = asked;
  const endpoint = ENDPOINTS.find((one) => one === asked['endpoint']);
  if (endpoint === undefined) throw fault('endpoint', `one of ${ENDPOINTS.join(', ')}`);
  if (typeof source !== 'string' || !isSourceName(source)) throw fault('source', 'a source');
  if (!isImportedFrom(origin)) throw fault('origin', `one of ${IMPORTED_FROM.join(', ')}`);
  if (typeof body !== 'string' || !isLatin1(body)) throw fault('body', 'its bytes as a text, one character a byte');
  const receivedAtMs = receivedAtMsOf(asked['received_at']);
  const item = { endpoint, source, origin, receivedAtMs, bytes: body };
  return oversize === undefined ? item : { ...item, oversize: oversizeOf(oversize) };
}

function receivedAtMsOf(said: unknown): number | null {
  if (said === null || said === undefined) return null;
  const ms = typeof said === 'string' ? Date.parse(said) : NaN;
  if (Number.isNaN(ms)) throw fault('received_at', 'a time in ISO 8601, or null');
  return ms;
}

function oversizeOf(value: unknown): Oversize {
  const { size, digest } = objectOf('oversize', value, new Set(['size', 'digest']));
  if (typeof size !== 'number' || typeof digest !== 'string')
    throw fault('oversize', 'the size and digest of the whole');
  return { size, digest, isExact: true };
}

function isLatin1(text: string): boolean {
  return !/[^\0-\u00ff]/.test(text);
}
