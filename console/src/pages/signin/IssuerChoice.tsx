import { LogIn } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { KeepsNothing } from '../../session/kept';
import type { Issuer } from '../../session/settings';
import { Button } from '../../ui/Button';
import { useRoleName } from '../../words/roles';

/** The way to an issuer; in the demonstration, one for each of its people. */
export function IssuerChoice({ issuer, next }: { issuer: Issuer; next: string }) {
  const { t } = useTranslation('signin');
  const roleName = useRoleName();
  const [leaving, setLeaving] = useState<string | null>(null);
  const [failure, setFailure] = useState<'unreachable' | 'keepsNothing' | null>(null);
  const go = async (hint?: string) => {
    setLeaving(hint ?? '');
    setFailure(null);
    try {
      const { leaveToSignIn } = await import('../../session/oidc');
      await leaveToSignIn(issuer, next, hint === undefined ? 'anybody' : { hint });
    } catch (cause) {
      setLeaving(null);
      setFailure(cause instanceof KeepsNothing ? 'keepsNothing' : 'unreachable');
    }
  };
  return (
    <section className="sign-in-ways" aria-label={issuer.name}>
      {issuer.people === undefined ? (
        <Button weight="primary" isPending={leaving !== null} onPress={() => go()}>
          <LogIn aria-hidden size={18} />
          {t('with', { name: issuer.name })}
        </Button>
      ) : (
        <>
          <p className="quiet">{t('demo')}</p>
          {issuer.people.map(({ name, role, hint }) => (
            <Button key={hint} isPending={leaving === hint} onPress={() => go(hint)} className="person">
              <span>{name}</span>
              <span className="quiet">{roleName(role)}</span>
            </Button>
          ))}
        </>
      )}
      {failure !== null && (
        <p className="note note-bad" role="alert">
          {t(failure, { name: issuer.name })}
        </p>
      )}
    </section>
  );
}
