/** The rules that ship, checked and played by promtool. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { prometheusIsHere } from '../support/prometheus.js';

function promtool(...args: readonly string[]): { status: number | null; said: string } {
  const cwd = new URL('../../grafana/prometheus/', import.meta.url);
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

describe.runIf(prometheusIsHere())('the rules about callbacks', () => {
  it('are rules, and belong to a configuration that Prometheus takes', () => {
    expect(promtool('check', 'config', 'scrape.yml')).toMatchObject({ status: 0 });
  });

  it('name the missing key when a record lacks one, and are quiet before and an hour after', () => {
    expect(promtool('test', 'rules', 'callbacks.rules.test.yaml')).toMatchObject({ status: 0 });
  });
});
