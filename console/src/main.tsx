import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nProvider } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { showNotLoaded } from './app/notLoaded';
import { ROUTES } from './app/routes';
import { applyTheme, chosenTheme } from './app/theme';
import { Unreachable } from './app/Unreachable';
import { startLanguage } from './i18n/language';
import { SettingsContext } from './session/SettingsContext';
import { loadSettings, type Settings } from './session/settings';
import { Notices } from './ui/Notices';
import './styles/index.css';

const router = createBrowserRouter(ROUTES);

function Console({ settings }: { settings: Settings | null }) {
  const { i18n } = useTranslation();
  return (
    <I18nProvider locale={i18n.language}>
      {settings === null ? (
        <Unreachable />
      ) : (
        <SettingsContext value={settings}>
          <RouterProvider router={router} />
          <Notices />
        </SettingsContext>
      )}
    </I18nProvider>
  );
}

async function start(root: HTMLElement): Promise<void> {
  applyTheme(chosenTheme());
  const [settings] = await Promise.all([loadSettings().catch(() => null), startLanguage()]);
  createRoot(root).render(
    <StrictMode>
      <Console settings={settings} />
    </StrictMode>,
  );
}

const root = document.getElementById('root');
if (root !== null) {
  start(root).catch((cause: unknown) => {
    console.error(cause);
    showNotLoaded(root);
  });
}
