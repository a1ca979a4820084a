import type { Request } from 'express';
import { describe, expect, it } from 'vitest';
import { Secrets } from '../../../src/http/secrets.js';
import { SIGN_IN_COOKIE, SignIns, type SignedOut } from '../../../src/http/sign-ins.js';

describe('signed-out sessions', () => {
  it('beyond what is remembered end all that are as old: none comes back', async () => {
    let nowMs = 1_800_000_000_000;
    let written: SignedOut = { endedUntilMs: 0, signIns: [] };
    const store = {
      read: () => written,
      write: (signedOut: SignedOut) => {
        written = signedOut;
        return Promise.resolve();
      },
    };
    const clock = { nowMs: () => nowMs };
    const signIns = new SignIns(clock, store);
    const secrets = new Secrets(['token']);
    const asking = (value: string) => ({ headers: { cookie: `${SIGN_IN_COOKIE}=${value}` } }) as unknown as Request;
    const begin = async () => (await signIns.begin('token', secrets)) ?? '';
    const kept = await begin();
    const ended: string[] = [];
    for (let n = 0; n < 1100; n++) {
      nowMs++;
      const value = await begin();
      ended.push(value);
      await signIns.end(asking(value), [secrets]);
    }
    nowMs++;
    const newest = await begin();
    expect(written.signIns).toHaveLength(1000);
    for (const one of [signIns, new SignIns(clock, store)]) {
      for (const value of ended) expect(await one.admits(asking(value), secrets)).toBe(false);
      expect(await one.admits(asking(newest), secrets)).toBe(true);
      // Older than what was forgotten: it has to be shown for again.
      expect(await one.admits(asking(kept), secrets)).toBe(false);
    }
    nowMs += 31 * 86_400_000;
    await signIns.end(asking(await begin()), [secrets]);
    expect(written.signIns).toHaveLength(1);
  });
});
