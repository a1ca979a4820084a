/** Looks for text that a reader's own spacing of it (WCAG 2.2, 1.4.12) takes away. Each function runs in the page. */

/** Spaces all text, as a style sheet of the reader does. Not as an element: the policy of the page forbids it. */
export function spaceText(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
    p { margin-bottom: 2em !important; }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

/**
 * Each text that is cut by a box that does not scroll, that is beyond the page or outside of its own box, or that another
 * text lies over. What is shortened with an ellipsis may be if the whole of it is in a title.
 */
export function lostText(): string[] {
  const NEAR_PX = 1.5;
  const OVER_PX = 3;
  const FLOATING = '.tip, .order-held, .menu-body, dialog, .skip, thead';
  const faults = new Set<string>();
  const hides = (overflow: string) => overflow === 'hidden' || overflow === 'clip';
  const nameOf = ({ localName, className }: Element) => `${localName}.${className}`;
  const told = (text: Text) =>
    `“${text.data.trim().slice(0, 40)}” of ${text.parentElement === null ? '' : nameOf(text.parentElement)}`;

  /** Not what is closed, nor what is there for those who hear the page. */
  function isShown(element: Element): boolean {
    for (let box: Element | null = element; box !== null; box = box.parentElement)
      if (getComputedStyle(box).clipPath !== 'none') return false;
    return element.checkVisibility() && element.closest('svg, script') === null;
  }

  interface Edges {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  }

  /** What a box does to a text in it that is wider or higher than itself. */
  function faultOf(box: Element, { left, right, top, bottom }: Edges, isOwn: boolean): string | null {
    const { overflowX, overflowY, textOverflow } = getComputedStyle(box);
    const of = box.getBoundingClientRect();
    const isShortened = textOverflow === 'ellipsis' && box.closest('[title]') !== null;
    const beyond = [
      { isBeyond: !isShortened && (left < of.left - NEAR_PX || right > of.right + NEAR_PX), overflow: overflowX },
      { isBeyond: top < of.top - OVER_PX || bottom > of.bottom + OVER_PX, overflow: overflowY },
    ].filter(({ isBeyond }) => isBeyond);
    if (beyond.some(({ overflow }) => hides(overflow))) return `is cut by ${nameOf(box)}`;
    if (isOwn && beyond.some(({ overflow }) => overflow === 'visible')) return `is outside of ${nameOf(box)}`;
    return null;
  }

  function within(box: Element, { left, right, top, bottom }: Edges): Edges {
    const { overflowX, overflowY } = getComputedStyle(box);
    const of = box.getBoundingClientRect();
    const [isOpenX, isOpenY] = [overflowX === 'visible', overflowY === 'visible'];
    return {
      left: isOpenX ? left : Math.max(left, of.left),
      right: isOpenX ? right : Math.min(right, of.right),
      top: isOpenY ? top : Math.max(top, of.top),
      bottom: isOpenY ? bottom : Math.min(bottom, of.bottom),
    };
  }

  /** As much of it as is seen; tells what is wrong with the rest. */
  function seenOf(at: DOMRect, parent: Element, tell: (fault: string) => void): DOMRect | null {
    let edges: Edges = at;
    let isOwn = true;
    for (let box: Element | null = parent; box !== null; box = box.parentElement) {
      const { display, position } = getComputedStyle(box);
      if (display === 'contents' || display === 'inline') continue;
      const fault = faultOf(box, edges, isOwn);
      if (fault !== null) tell(fault);
      edges = within(box, edges);
      if (edges.right <= edges.left || edges.bottom <= edges.top) return null;
      isOwn = false;
      if (position === 'fixed') break;
    }
    const { left, right, top, bottom } = edges;
    if (left < -NEAR_PX || right > innerWidth + NEAR_PX) tell('is beyond the page');
    return new DOMRect(left, top, right - left, bottom - top);
  }

  const seen: { text: Text; rect: DOMRect }[] = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const [text, parent] = [node as Text, node.parentElement];
    if (text.data.trim() === '' || parent === null || !isShown(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const at of range.getClientRects()) {
      const rect = at.width === 0 ? null : seenOf(at, parent, (fault) => void faults.add(`${told(text)} ${fault}`));
      if (rect !== null && parent.closest(FLOATING) === null) seen.push({ text, rect });
    }
  }
  seen.sort((one, other) => one.rect.top - other.rect.top);
  seen.forEach(({ text, rect }, index) => {
    for (const other of seen.slice(index + 1)) {
      if (other.rect.top >= rect.bottom) break;
      const width = Math.min(rect.right, other.rect.right) - Math.max(rect.left, other.rect.left);
      const height = Math.min(rect.bottom, other.rect.bottom) - other.rect.top;
      if (other.text !== text && width > NEAR_PX && height > OVER_PX)
        faults.add(`${told(other.text)} lies over ${told(text)}`);
    }
  });

  const probe = document.body.appendChild(document.createElement('span'));
  probe.style.cssText = 'position: absolute; visibility: hidden; white-space: pre';
  for (const field of document.querySelectorAll<HTMLInputElement>('input[placeholder]')) {
    const { font, paddingLeft, paddingRight } = getComputedStyle(field);
    probe.style.font = font;
    probe.textContent = field.placeholder;
    const room = field.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
    if (room > 0 && probe.getBoundingClientRect().width > room)
      faults.add(`“${field.placeholder}” is cut by its field`);
  }
  probe.remove();
  return [...faults];
}

/** What has to be scrolled sideways to be read, but tables. */
export function sidewaysScrollers(): string[] {
  const scrolls = (element: Element) => {
    const { overflowX } = getComputedStyle(element);
    return element === document.documentElement || overflowX === 'auto' || overflowX === 'scroll';
  };
  const all = [...document.querySelectorAll('*')];
  const found = all.filter((element) => {
    const isOfTable = element.querySelector(':scope > table') !== null;
    return scrolls(element) && !isOfTable && element.scrollWidth > element.clientWidth + 1;
  });
  const nameOf = ({ localName, className }: Element) => `${localName}.${className}`;
  const endOf = (element: Element) => element.getBoundingClientRect().right;
  return found.map((element) => {
    const scrollerOf = (inner: Element | null): Element | null =>
      inner === null || scrolls(inner) ? inner : scrollerOf(inner.parentElement);
    const widest = all
      .filter((inner) => inner !== element && scrollerOf(inner.parentElement) === element)
      .sort((one, other) => endOf(other) - endOf(one))[0];
    return `${nameOf(element)}, for ${widest === undefined ? 'its text' : nameOf(widest)}`;
  });
}
