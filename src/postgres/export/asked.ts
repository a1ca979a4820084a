import type { ExportAsked } from '../../reports/export/asked.js';

/** All of it: no export on PostgreSQL goes on where another ended. */
export type RangeAsked = Pick<ExportAsked, 'scope' | 'toMs'>;
