import { type Described, type PageFormat, renderFamily } from './exposition.js';

/** Something rendered, in memory that serves other pages afterwards. */
interface Rendered {
  /** To be called once, when it is not read any more. */
  release(): void;
}

/** A whole page in pieces, to be sent in order. */
export interface MetricsPage extends Rendered {
  readonly pieces: readonly (string | Uint8Array)[];
}

/** Metric families whose samples are alike in every format; the lines that open them are not. */
export interface RenderedFamilies extends Rendered {
  readonly families: readonly (readonly [Described, samples: readonly Uint8Array[]])[];
}

export function pageOf(rendered: RenderedFamilies, format: PageFormat): MetricsPage {
  return {
    pieces: rendered.families.flatMap(([family, samples]) => [renderFamily(family, format), ...samples]),
    release: () => {
      rendered.release();
    },
  };
}

/**
 * Pages being rendered. Whoever asks for one meanwhile gets the same: however many scrapers ask at once, the thread that
 * talks HTTP renders one page of a kind at a time.
 */
export class SharedPages<Page extends Rendered> {
  readonly #underWay = new Map<string, Promise<() => Page>>();

  async render(name: string, render: () => Promise<Page>): Promise<Page> {
    const found = this.#underWay.get(name);
    if (found) return (await found)();
    const lending = render()
      .then(lender)
      .finally(() => {
        this.#underWay.delete(name);
      });
    this.#underWay.set(name, lending);
    return (await lending)();
  }
}

/** Lends a page to several readers; the last one that gives it back releases it. */
function lender<Page extends Rendered>(page: Page): () => Page {
  let readers = 0;
  return () => {
    readers++;
    return {
      ...page,
      release: () => {
        if (--readers === 0) page.release();
      },
    };
  };
}
