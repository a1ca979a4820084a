import type { Request } from 'express';
import { describe, expect, it } from 'vitest';
import { Secrets } from '../../src/http/secrets.js';
import { SESSION_COOKIE, Sessions, type SignedOut } from '../../src/http/sign-ins.js';

describe('signed-out sessions', () => {
  it('beyond what is remembered end all that are as old: none comes back', async () => {
    let nowMs = 1_800_000_000_000;
    let written: SignedOut = { endedUntilMs: 0, sessions: [] };
    const store = {
      read: () => written,
      write: (signedOut: SignedOut) => {
        written = signedOut;
        return Promise.resolve();
      },
    };
    const clock = { nowMs: () => nowMs };
    const sessions = new Sessions(clock, store);
    const secrets = new Secrets(['token']);
    const asking = (value: string) => ({ headers: { cookie: `${SESSION_COOKIE}=${value}` } }) as unknown as Request;
    const begin = async () => (await sessions.begin('token', secrets)) ?? '';
    const kept = await begin();
    const ended: string[] = [];
    for (let n = 0; n < 1100; n++) {
      nowMs++;
      const value = await begin();
      ended.push(value);
      await sessions.end(asking(value), [secrets]);
    }
    nowMs++;
    const newest = await begin();
    expect(written.sessions).toHaveLength(1000);
    for (const one of [sessions, new Sessions(clock, store)]) {
      for (const value of ended) expect(await one.admits(asking(value), secrets)).toBe(false);
      expect(await one.admits(asking(newest), secrets)).toBe(true);
      // Older than what was forgotten: it has to be shown for again.
      expect(await one.admits(asking(kept), secrets)).toBe(false);
    }
    nowMs += 31 * 86_400_000;
    await sessions.end(asking(await begin()), [secrets]);
    expect(written.sessions).toHaveLength(1);
  });
});
