import { rmSync } from 'node:fs';

/** Removes a test's folder. A killed program may still write there for a moment: tried for five seconds. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}
