import { describe, expect, it } from 'vitest';
import { type MetricsPage, SharedPages } from '../../../src/prometheus/shared-pages.js';

const page = (text: string, release: () => void = () => undefined): MetricsPage => ({ pieces: [text], release });

describe('shared pages', () => {
  it('renders one page for all who ask meanwhile, and a new one afterwards', async () => {
    const pages = new SharedPages<MetricsPage>();
    const waiting: (() => void)[] = [];
    let rendered = 0;
    const render = async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return page(String(++rendered));
    };
    const asked = Array.from({ length: 2000 }, () => pages.render('domain', render));
    expect(waiting.length).toBe(1);
    waiting[0]?.();
    expect(new Set((await Promise.all(asked)).flatMap(({ pieces }) => pieces))).toEqual(new Set(['1']));
    const next = pages.render('domain', render);
    waiting[1]?.();
    expect((await next).pieces).toEqual(['2']);
  });

  it('keeps kinds apart, and tries again after a failure', async () => {
    const pages = new SharedPages<MetricsPage>();
    const failing = pages.render('own', () => Promise.reject(new Error('broken')));
    const domain = pages.render('domain', () => Promise.resolve(page('domain')));
    await expect(failing).rejects.toThrow('broken');
    expect((await domain).pieces).toEqual(['domain']);
    expect((await pages.render('own', () => Promise.resolve(page('own')))).pieces).toEqual(['own']);
  });

  it('lets go of a page when the last of those who got it has read it', async () => {
    const pages = new SharedPages<MetricsPage>();
    let released = 0;
    const lent = await Promise.all(
      [1, 2, 3].map(() => pages.render('own', () => Promise.resolve(page('own', () => released++)))),
    );
    for (const one of lent.slice(0, 2)) one.release();
    expect(released).toBe(0);
    lent[2]?.release();
    expect(released).toBe(1);
  });
});
