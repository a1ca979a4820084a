import { describe, expect, it } from 'vitest';
import { SharedPages } from '../../src/prometheus/shared-pages.js';

describe('shared pages', () => {
  it('renders one page for all who ask meanwhile, and a new one afterwards', async () => {
    const pages = new SharedPages();
    const waiting: (() => void)[] = [];
    let rendered = 0;
    const render = async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return [String(++rendered)];
    };
    const asked = Array.from({ length: 2000 }, () => pages.render('domain', render));
    expect(waiting.length).toBe(1);
    waiting[0]?.();
    expect(new Set((await Promise.all(asked)).flat())).toEqual(new Set(['1']));
    const next = pages.render('domain', render);
    waiting[1]?.();
    expect(await next).toEqual(['2']);
  });

  it('keeps kinds apart, and tries again after a failure', async () => {
    const pages = new SharedPages();
    const failing = pages.render('own', () => Promise.reject(new Error('broken')));
    const domain = pages.render('domain', () => Promise.resolve(['domain']));
    await expect(failing).rejects.toThrow('broken');
    expect(await domain).toEqual(['domain']);
    expect(await pages.render('own', () => Promise.resolve(['own']))).toEqual(['own']);
  });
});
