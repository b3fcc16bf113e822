import path from 'node:path';
import type { Page } from '@playwright/test';

const PLACE = path.resolve(import.meta.dirname, '../../../docs/screenshots');

/** Whether this run makes the pictures of the documentation anew. */
export const MAKES_PICTURES = process.env.UPDATE_SCREENSHOTS === '1';

/** A picture for the documentation, if such are wanted; always of the same size. */
export async function shot(page: Page, name: string): Promise<void> {
  if (!MAKES_PICTURES) {
    return;
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({
    path: path.join(PLACE, `${name}.png`),
    animations: 'disabled',
    caret: 'hide',
    // The place of a scroll bar, which pictures do not have.
    style: ':root { scrollbar-gutter: auto }',
  });
}
