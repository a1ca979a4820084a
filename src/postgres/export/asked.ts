import type { ExportScope } from '../../reports/export/mark.js';

/** What is to be exported: of moments before `toMs`. */
export interface ExportAsked {
  readonly scope: ExportScope;
  readonly toMs: number;
}
