/** Makes dist/, but for its page. */
import { fileURLToPath } from 'node:url';
import { bundleProgram } from './bundle-program.js';

await bundleProgram(fileURLToPath(new URL('../dist', import.meta.url)));
