/** Light, dark, or as the system is. */

import { keepIn, keptIn } from '../session/kept';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'tenantatlas.theme';

export function chosenTheme(): Theme {
  const kept = keptIn('localStorage', KEY);
  return THEMES.find((theme) => theme === kept) ?? 'system';
}

export function chooseTheme(theme: Theme): void {
  keepIn('localStorage', KEY, theme);
  applyTheme(theme);
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}
