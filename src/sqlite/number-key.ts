import type { Connection } from './database.js';

/**
 * The key under which customers' numbers are hashed: the configured one, or one made once for this database. Says
 * whether it is another than at the last start: then every hash has to be made anew.
 */
export function numberKey(
  db: Connection,
  configured: string | null,
  newKey: () => string,
  fingerprint: (key: string) => string,
): { readonly key: string; readonly changed: boolean } {
  const read = db.prepare('SELECT value FROM callback_settings WHERE name = ?').pluck();
  const write = db.prepare('INSERT OR REPLACE INTO callback_settings (name, value) VALUES (?, ?)');
  const own = () => {
    const held = read.get('number_key') as string | undefined;
    if (held !== undefined) return held;
    const made = newKey();
    write.run('number_key', made);
    return made;
  };
  const key = configured ?? own();
  const before = read.get('number_key_fingerprint') as string | undefined;
  const now = fingerprint(key);
  if (before !== now) write.run('number_key_fingerprint', now);
  return { key, changed: before !== undefined && before !== now };
}

/** Whether `numberKey` would find another key than at the last start; writes nothing. */
export function isOtherKey(db: Connection, configured: string | null, fingerprint: (key: string) => string): boolean {
  const read = db.prepare('SELECT value FROM callback_settings WHERE name = ?').pluck();
  const before = read.get('number_key_fingerprint') as string | undefined;
  const key = configured ?? (read.get('number_key') as string | undefined);
  return before !== undefined && (key === undefined || before !== fingerprint(key));
}

/** The key that was made for this database, null when none was needed. */
export function heldNumberKey(db: Connection): string | null {
  // A database of a version before callbacks has no such table.
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'callback_settings'").get() === undefined) return null;
  const read = db.prepare("SELECT value FROM callback_settings WHERE name = 'number_key'").pluck();
  return (read.get() as string | undefined) ?? null;
}
