/** In pieces, to be sent in order. */
export type Page = readonly (string | Uint8Array)[];

/**
 * Pages being rendered. Whoever asks for one meanwhile gets the same: however many scrapers ask at once, the thread that
 * talks HTTP renders one page of a kind at a time.
 */
export class SharedPages {
  readonly #underWay = new Map<string, Promise<Page>>();

  render(name: string, render: () => Promise<Page>): Promise<Page> {
    const found = this.#underWay.get(name);
    if (found) return found;
    const page = render().finally(() => {
      this.#underWay.delete(name);
    });
    this.#underWay.set(name, page);
    return page;
  }
}
