/** A whole page in pieces, to be sent in order. */
export interface MetricsPage {
  readonly pieces: readonly (string | Uint8Array)[];
  /** To be called once, when the pieces are not read any more: their memory serves other pages then. */
  release(): void;
}

/**
 * Pages being rendered. Whoever asks for one meanwhile gets the same: however many scrapers ask at once, the thread that
 * talks HTTP renders one page of a kind at a time.
 */
export class SharedPages {
  readonly #underWay = new Map<string, Promise<() => MetricsPage>>();

  async render(name: string, render: () => Promise<MetricsPage>): Promise<MetricsPage> {
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
function lender(page: MetricsPage): () => MetricsPage {
  let readers = 0;
  return () => {
    readers++;
    return {
      pieces: page.pieces,
      release: () => {
        if (--readers === 0) page.release();
      },
    };
  };
}
