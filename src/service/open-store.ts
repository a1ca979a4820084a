import type { Config } from '../config/config.js';
import type { Store, StoreDependencies } from './store.js';

/** Opens the store that the settings name; nothing of another database is loaded. Throws what keeps it from being open. */
export async function openStore(config: Config, dependencies: StoreDependencies): Promise<Store> {
  if (config.postgres === null) {
    const sqlite = await import('./sqlite/store.js');
    return sqlite.openStore(config, dependencies);
  }
  const postgres = await import('./postgres/store.js');
  return postgres.openStore(config, dependencies);
}
