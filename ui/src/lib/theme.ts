import { base_path } from '#lib/paths.ts';

/** The theme lives in a cookie, so that the server renders it and no inline script is needed. */
export const theme_cookie = 'theme';
export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export function isTheme(text: string | undefined): text is Theme {
  return text === 'system' || text === 'light' || text === 'dark';
}

const year_seconds = 365 * 24 * 60 * 60;

export function useTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  document.cookie = `${theme_cookie}=${theme}; path=${base_path || '/'}; max-age=${year_seconds}; samesite=lax`;
}
