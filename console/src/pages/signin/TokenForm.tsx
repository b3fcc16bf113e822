import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { begin } from '../../session/session';
import { Button } from '../../ui/Button';
import { TextInput } from '../../ui/fields';
import { tryToken } from './tryToken';

type Complaint = 'empty' | 'refused' | 'unreachable';

/** Signing in with an API token, which acts with its own role in its own tenant. */
export function TokenForm({ isAlone }: { isAlone: boolean }) {
  const { t } = useTranslation('signin');
  const [token, setToken] = useState('');
  const [complaint, setComplaint] = useState<Complaint | null>(null);
  const [isPending, setPending] = useState(false);
  const submit = async () => {
    const trimmed = token.trim();
    if (trimmed === '') {
      setComplaint('empty');
      return;
    }
    setPending(true);
    const answer = await tryToken(trimmed);
    setPending(false);
    if (answer.kind === 'accepted') {
      begin({ token: trimmed, expiresAt: answer.expiresAt, authority: null, who: answer.who });
    } else {
      setComplaint(answer.kind);
    }
  };
  return (
    <form
      className="sign-in-token"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h2>{isAlone ? t('tokenAlone') : t('token')}</h2>
      <TextInput
        label={t('tokenLabel')}
        hint={t('tokenHint')}
        type="password"
        autoComplete="off"
        value={token}
        onChange={(text) => {
          setToken(text);
          setComplaint(null);
        }}
        complaint={complaint === null ? undefined : t(`tokenComplaint.${complaint}`)}
      />
      <Button type="submit" isPending={isPending} weight={isAlone ? 'primary' : 'secondary'}>
        {t('tokenAction')}
      </Button>
    </form>
  );
}
