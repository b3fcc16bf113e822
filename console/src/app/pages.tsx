import { Link, useRouteError } from 'react-router';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button';
import { Page } from '../ui/Page';
import { isMissingCode } from './missingCode';

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Page title={t('notFound.title')}>
      <p>{t('notFound.text')}</p>
      <p>
        <Link to="/">{t('notFound.action')}</Link>
      </p>
    </Page>
  );
}

/** In place of a page that threw: the others still work. */
export function Broken() {
  const { t } = useTranslation();
  const cause = useRouteError();
  const words = isMissingCode(cause) ? 'updated' : 'broken';
  return (
    <Page title={t(`${words}.title`)}>
      <p>{t(`${words}.text`)}</p>
      <p className="quiet">{cause instanceof Error ? cause.message : String(cause)}</p>
      <Button onPress={() => location.reload()}>{t('broken.action')}</Button>
    </Page>
  );
}

/** In place of everything. */
export function AllBroken() {
  return (
    <main id="content" className="content">
      <Broken />
    </main>
  );
}

