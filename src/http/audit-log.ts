/** Reading what administrators did. */
import { Router } from 'express';
import type { ReportReader } from '../domain/store.js';
import { AUDIT_COLUMNS } from '../reports/rows.js';
import type { Administration } from './administration.js';
import { Parameters } from './parameters.js';
import { sendPage } from './reading.js';

export interface AuditLogRoutes {
  readonly reader: ReportReader;
  readonly administration: Administration;
}

export function auditLogRoutes({ reader, administration }: AuditLogRoutes): Router {
  const router = Router();
  router.get('/audit-log', administration.mayRead, async (request, response) => {
    sendPage(request, response, await reader.auditLog(new Parameters(request).page()), AUDIT_COLUMNS);
  });
  return router;
}
