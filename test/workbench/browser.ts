import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { ensureDebian } from '../tools/debian.ts';

/** Chromium: Debian's, or the one that CLOUD_IMAGES_CHROMIUM names. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-features=LocalNetworkAccessChecks', // pages of this machine load from this machine
    ],
  });
}

function findChromium(): string {
  const named = process.env['CLOUD_IMAGES_CHROMIUM'];
  if (named) return named;
  const known = [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    '/usr/bin/google-chrome',
  ].find((path) => process.platform !== 'linux' && existsSync(path));
  if (known) return known;
  ensureDebian(['chromium', 'fonts-dejavu-core'], 'chromium');
  return '/usr/bin/chromium';
}
