/** A real browser, when this machine has one. */
import { existsSync } from 'node:fs';

import { type Browser, chromium } from 'playwright-core';

import { whenMissing } from './missing.ts';

const common_paths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Undefined when there is none: such tests are then skipped, as `test.skipIf(!browser_path)`. */
export const browser_path: string | undefined =
  [process.env.CHROMIUM_PATH, ...common_paths].find((path) => path !== undefined && existsSync(path)) ??
  whenMissing('Browser tests', 'no Chromium was found; install it or set CHROMIUM_PATH');

export function openBrowser(further: string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: browser_path, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...further] });
}
