/** Draws the icons of an installed inbox from the two favicons. Run it when one of these has changed; what it writes is committed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';

import { root } from './stamp.ts';
import { openBrowser } from './testing/browser.ts';

const folder = join(root, 'ui', 'static');
/** A launcher may cut a maskable icon to a circle of four fifths: https://w3c.github.io/manifest/#icon-masks */
const safe_share = 0.72;

const browser = await openBrowser();
const page = await browser.newPage();
for (const mode of ['', '-development']) {
  const svg = readFileSync(join(folder, `favicon${mode}.svg`), 'utf8');
  const background = /<rect[^>]*fill="([^"]+)"/.exec(svg)?.[1] ?? 'none';
  const square = svg.replace(/rx="\d+"/, 'rx="0"');
  await draw(page, `icon-192${mode}.png`, svg, 192, { share: 1, background: 'none' });
  await draw(page, `icon-512${mode}.png`, svg, 512, { share: 1, background: 'none' });
  await draw(page, `icon-maskable-512${mode}.png`, square, 512, { share: safe_share, background });
  await draw(page, `apple-touch-icon${mode}.png`, square, 180, { share: 0.86, background });
}
// One colour on nothing: the system colours it as it likes.
const badge = readFileSync(join(folder, 'favicon.svg'), 'utf8')
  .replace(/<rect[^>]*\/>/, '')
  .replace(/stroke="#[0-9a-f]+"/g, 'stroke="#fff"');
await draw(page, 'badge-96.png', badge, 96, { share: 1, background: 'none' });
await browser.close();

async function draw(on: Page, name: string, svg: string, size: number, { share, background }: { share: number; background: string }) {
  await on.setViewportSize({ width: size, height: size });
  const image = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  await on.setContent(
    `<style>html,body{margin:0;height:100%;background:${background};display:grid;place-items:center}img{width:${size * share}px}</style><img src="${image}">`,
  );
  writeFileSync(join(folder, name), await on.screenshot({ omitBackground: true }));
}
