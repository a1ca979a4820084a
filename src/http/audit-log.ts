/** Reading what administrators did. */
import { Router } from 'express';
import type { ReportReader } from '../domain/store.js';
import { AUDIT_COLUMNS } from '../reports/rows.js';
import type { Administration } from './administration.js';
import { sendList } from './list-answer.js';

export interface AuditLogRoutes {
  readonly reader: ReportReader;
  readonly administration: Administration;
}

export function auditLogRoutes({ reader, administration }: AuditLogRoutes): Router {
  const router = Router();
  router.get('/audit-log', administration.mayRead, async (request, response) => {
    await sendList(request, response, { ask: (page) => reader.auditLog(page), columns: () => AUDIT_COLUMNS });
  });
  return router;
}
