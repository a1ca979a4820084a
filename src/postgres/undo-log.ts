/** What a batch did to its working set, newest last, so that it, or a part of it, can be taken back. */
export class UndoLog {
  readonly #undo: (() => void)[] = [];

  /** How to take back what is being done. */
  note(undo: () => void): void {
    this.#undo.push(undo);
  }

  get length(): number {
    return this.#undo.length;
  }

  rollBackTo(length: number): void {
    while (this.#undo.length > length) this.#undo.pop()?.();
  }

  /** Begins anew, without a way back. */
  forgetAll(): void {
    this.#undo.length = 0;
  }
}
