/** What a viewer likes, kept in this browser: not part of a view's URL, unless the URL says it. */
import { Cell } from './cell.js';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const DENSITIES = ['comfortable', 'compact', 'wall'] as const;
export type Density = (typeof DENSITIES)[number];
const LIKED = ['comfortable', 'compact'] as const;
const SWITCH = ['on', 'off'] as const;

export const theme = new Cell<Theme>(kept('theme', THEMES) ?? 'auto');
export const density = new Cell<Exclude<Density, 'wall'>>(kept('density', LIKED) ?? 'comfortable');
/** Keys that are one character: off for those whose voice or hand would press them unasked. */
export const characterKeys = new Cell<(typeof SWITCH)[number]>(kept('character-keys', SWITCH) ?? 'on');

/** What the address says. */
export function densityIn(parameters: Readonly<Record<string, string>>): Density | null {
  return DENSITIES.find((one) => one === parameters['density']) ?? null;
}

export function followPreferences(): void {
  const show = () => {
    document.documentElement.dataset['theme'] = theme.value;
  };
  theme.watch(show);
  show();
  theme.watch(() => {
    keep('theme', theme.value);
  });
  density.watch(() => {
    keep('density', density.value);
  });
  characterKeys.watch(() => {
    keep('character-keys', characterKeys.value);
  });
  // Another tab chose, or the browser forgot what was kept.
  addEventListener('storage', ({ storageArea }) => {
    if (storageArea !== localStorage) return;
    theme.set(kept('theme', THEMES) ?? 'auto');
    density.set(kept('density', LIKED) ?? 'comfortable');
    characterKeys.set(kept('character-keys', SWITCH) ?? 'on');
  });
}

function kept<T extends string>(name: string, allowed: readonly T[]): T | null {
  try {
    const text = localStorage.getItem(`ocs-monitor.${name}`);
    return allowed.find((one) => one === text) ?? null;
  } catch {
    // A browser may forbid storage: then nothing is kept.
    return null;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`ocs-monitor.${name}`, value);
  } catch {
    // As above.
  }
}
