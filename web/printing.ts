/** Whether the page is being put on paper: lists are whole then, and drawings as on light ground. */
import { Cell } from './cell.js';

export const printing = new Cell(false);

export function followPrinting(): void {
  const paper = matchMedia('print');
  const set = (isPrinting: boolean) => {
    document.documentElement.toggleAttribute('data-printing', isPrinting);
    printing.set(isPrinting);
  };
  paper.addEventListener('change', () => {
    set(paper.matches);
  });
  addEventListener('beforeprint', () => {
    set(true);
  });
  addEventListener('afterprint', () => {
    set(paper.matches);
  });
}
