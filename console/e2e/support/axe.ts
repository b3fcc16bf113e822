import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * Where the component library leaves what it has told screen readers for some seconds. It names the
 * button that was busy, which may be gone with its page by then.
 */
const ANNOUNCER = '[data-live-announcer]';

async function judge(page: Page, builder: AxeBuilder): Promise<void> {
  const { violations } = await builder.exclude(ANNOUNCER).analyze();
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html} ${node.failureSummary ?? ''}`),
  );
  expect.soft(found, `accessibility of ${page.url()}`).toEqual([]);
}

/** Fails if axe-core finds a violation on the page as it is now. */
export async function axe(page: Page): Promise<void> {
  await judge(page, new AxeBuilder({ page }).withTags(RULES));
}

/** The same in the colours that the page has now, and of nothing else. */
export async function axeColours(page: Page): Promise<void> {
  await judge(page, new AxeBuilder({ page }).withRules(['color-contrast']));
}
