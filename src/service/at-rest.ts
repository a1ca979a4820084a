/** What a command has done when no service ran, for the audit log. */
import { userInfo } from 'node:os';
import type { AuditEntry } from '../domain/audit.js';

export function atRest(action: string, detail: AuditEntry['detail'], nowMs: number): AuditEntry {
  return { atMs: nowMs, action, actor: commandActor(), address: null, detail, result: 'done' };
}

/** Who runs a command. */
function commandActor(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    // A user without a name, as containers have them.
    return `cli:${String(process.getuid?.() ?? 'unknown')}`;
  }
}
