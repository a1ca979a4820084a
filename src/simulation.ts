/** What the command line may start of the simulator. It stands beside app.ts because cli/ imports no adapter. */
export { pastAt, type Past } from './simulator/demo/past.js';
export type { Known } from './simulator/demo/join.js';
export { Demo, demoProgramme, type PastPost } from './simulator/demo/run-demo.js';
export { runSimulation } from './simulator/run.js';
export type { Account } from './simulator/account.js';
export { DEFAULT_OPTIONS, type SimulationOptions } from './simulator/options.js';
export { receivingUrl } from './simulator/receiving-url.js';
