import { Link, useRouteError } from 'react-router';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button';
import { Page } from '../ui/Page';

export function NotFound() {
  const { t } = useTranslation();
  return (
    <main id="content" className="content">
      <Page title={t('notFound.title')}>
        <p>{t('notFound.text')}</p>
        <p>
          <Link to="/">{t('notFound.action')}</Link>
        </p>
      </Page>
    </main>
  );
}

/** In place of a page that threw: the others still work. */
export function Broken() {
  const { t } = useTranslation();
  const cause = useRouteError();
  return (
    <main id="content" className="content">
      <Page title={t('broken.title')}>
        <p>{t('broken.text')}</p>
        <p className="quiet">{cause instanceof Error ? cause.message : String(cause)}</p>
        <Button onPress={() => location.reload()}>{t('broken.action')}</Button>
      </Page>
    </main>
  );
}

