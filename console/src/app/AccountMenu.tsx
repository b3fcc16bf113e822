import { CircleUser } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { chooseLanguage, LANGUAGES, type Language } from '../i18n/language';
import { useSignOut } from '../session/useSignOut';
import { Button as UiButton } from '../ui/Button';
import { Choice } from '../ui/fields';
import { chooseTheme, chosenTheme, THEMES, type Theme } from './theme';

/** Who is signed in, how the console looks, and the way out. */
export function AccountMenu({ name }: { name: string }) {
  const { t, i18n } = useTranslation();
  const [theme, setTheme] = useState<Theme>(chosenTheme);
  const signOut = useSignOut();
  const language = LANGUAGES.find((one) => one === i18n.language) ?? 'en';
  return (
    <DialogTrigger>
      <Button className="icon-button" aria-label={t('account.label', { name })}>
        <CircleUser aria-hidden size={20} />
      </Button>
      <Popover className="popover account" placement="bottom end">
        <Dialog className="account-dialog" aria-label={t('account.label', { name })}>
          <p>
            <strong>{name}</strong>
          </p>
          <Choice<Theme>
            label={t('account.theme')}
            value={theme}
            options={THEMES.map((value) => ({ value, text: t(`account.themes.${value}`) }))}
            onChange={(chosen) => {
              setTheme(chosen);
              chooseTheme(chosen);
            }}
          />
          <Choice<Language>
            label={t('account.language')}
            value={language}
            options={LANGUAGES.map((value) => ({ value, text: t(`account.languages.${value}`) }))}
            onChange={(chosen) => void chooseLanguage(chosen)}
          />
          <UiButton onPress={() => void signOut()}>{t('account.signOut')}</UiButton>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
