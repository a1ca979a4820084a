/** The commands of docs/callback-setup.md, run as they stand there but for the address. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';

const GUIDE = readFileSync(new URL('../../docs/callback-setup.md', import.meta.url), 'utf8');
const COMMANDS = [...GUIDE.matchAll(/```sh\n(curl -sS -w [^`]*?\/gms\/[^`]*)```/g)].map(([, command = '']) => command);

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.remove());

function run(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const shell = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    shell.stdout.on('data', (data: Buffer) => (output += data.toString()));
    shell.once('error', reject);
    shell.once('close', () => {
      resolve(output);
    });
  });
}

describe('the guide for senders', () => {
  it('has commands that do what it says, in its order', async () => {
    const outcomes: unknown[] = [];
    for (const command of COMMANDS) {
      const answer = await run(command.replaceAll('http://127.0.0.1:8080', service.url));
      outcomes.push((JSON.parse(answer) as { outcome?: string }).outcome);
    }
    expect(outcomes).toEqual(['recorded', 'recorded', 'after-final', 'recorded', 'recorded']);
    const path = '/api/v1/callbacks/445-0b6c6f0e-31b6-4f6c-9a34-5d1c0f8f6a11?source=eu-1';
    const story = (await (await fetch(service.url + path)).json()) as Record<string, unknown>;
    expect(story).toMatchObject({
      state: 'COMPLETED',
      sub_state: 'AGENT',
      final: true,
      attachments: 1,
      late_events: 1,
    });
  });
});
