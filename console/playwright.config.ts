import { defineConfig } from '@playwright/test';

/**
 * The console in a browser, served by the real program beside its simulated Graph. The browser is the
 * system's own: CHROMIUM names another one. TENANTATLAS_BIN names another program than that of
 * `cargo build`, and E2E_CONSOLE=dev takes the console from its sources instead of from the program.
 */
export default defineConfig({
  testDir: 'e2e',
  // What measures is asked for by its name, alone: `npm run speed`.
  testMatch: process.env.E2E_MEASURE === undefined ? '*.spec.ts' : '*.bench.ts',
  workers: process.env.E2E_MEASURE === undefined ? 2 : 1,
  retries: 0,
  timeout: 60_000,
  globalTimeout: 15 * 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: process.env.CI !== undefined,
  reporter: [['list'], ['html', { open: 'never' }]],
  use: {
    browserName: 'chromium',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    colorScheme: 'light',
    viewport: { width: 1280, height: 800 },
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      // The sandbox refuses to work for root, as which containers often run.
      chromiumSandbox: process.getuid?.() !== 0,
    },
  },
});
