/** How a page looks to everybody: in both themes and at three widths it fits, axe finds nothing, and a picture is kept. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

import { picture } from './inbox-page.ts';

const themes = ['light', 'dark'] as const;
const widths = [1440, 768, 360];

export async function expectFit(page: Page, name: string, ready: () => Promise<unknown>): Promise<void> {
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      await ready();
      expect(await sticksOut(page), `${name} at ${width} px, ${theme}`).toEqual([]);
      if (width === 768) continue;
      await picture(page, `${name}-${width}-${theme}`);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      expect(found, `${name} at ${width} px, ${theme}`).toEqual([]);
    }
  }
}

/** What makes the page scroll sideways, once the new width is drawn: the elements that reach beyond the window's right edge, if it does. */
function sticksOut(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const beyond = [...document.querySelectorAll('*')].filter((element) => element.getBoundingClientRect().right > clientWidth);
    return [
      `${scrollWidth} px`,
      ...beyond.map((element) => `${element.getBoundingClientRect().right} px: ${element.outerHTML.slice(0, 200)}`),
    ];
  });
}
