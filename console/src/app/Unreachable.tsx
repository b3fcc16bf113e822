import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button';

/** Instead of the console when the server does not even say how to sign in. */
export function Unreachable() {
  const { t } = useTranslation();
  return (
    <main className="content">
      <h1>{t('unreachable.title')}</h1>
      <p>{t('unreachable.text')}</p>
      <Button onPress={() => location.reload()}>{t('retry')}</Button>
    </main>
  );
}
