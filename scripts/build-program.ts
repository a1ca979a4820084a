/** Makes dist/, but for its page, or the same in the folder that is named. */
import { fileURLToPath } from 'node:url';
import { bundleProgram } from './bundle-program.js';

const [, , out = fileURLToPath(new URL('../dist', import.meta.url))] = process.argv;
await bundleProgram(out);
