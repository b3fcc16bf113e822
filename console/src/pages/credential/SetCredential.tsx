import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSecretAction } from '../../api/useSecretAction';
import { useTenant } from '../../tenant/tenant';
import { Button } from '../../ui/Button';
import { TextInput } from '../../ui/fields';
import { FormDialog } from '../../ui/FormDialog';
import { tell } from '../../ui/notices';
import { Refusals } from '../../ui/Refusals';
import { useComplaints } from '../../words/useComplaints';
import { SET_CREDENTIAL, type Check } from './documents';
import { NO_SECRET, sentSecret } from './secret';
import { PLACES, SecretFields } from './SecretFields';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface Props {
  /** The client ID of the present one. */
  clientId: string | undefined;
  onSet: (check: Check) => void;
  onClose: () => void;
}

/**
 * Takes a secret and sends it. It lives in the state of this dialog alone, and goes with it: when the
 * server has taken it, or when the person closes it. After a refusal it stays, for Entra shows a client
 * secret once, and often it is the client ID that was wrong.
 */
export function SetCredential({ clientId: present, onSet, onClose }: Props) {
  const { t } = useTranslation(['credential', 'common']);
  const { id } = useTenant();
  const { perform, isPending } = useSecretAction(SET_CREDENTIAL);
  const complaints = useComplaints(['clientId', ...PLACES]);
  const [clientId, setClientId] = useState(present ?? '');
  const [secret, setSecret] = useState(NO_SECRET);
  const submit = async () => {
    if (!UUID.test(clientId.trim())) {
      return complaints.set([{ code: 'INVALID_VALUE', message: t('set.noId'), path: ['input', 'clientId'] }]);
    }
    const outcome = await perform({ input: { tenantId: id, clientId: clientId.trim(), secret: sentSecret(secret) } });
    switch (outcome.kind) {
      case 'failed':
        return tell(outcome);
      case 'refused':
        return complaints.set(outcome.errors);
      case 'done':
        tell({ kind: 'done', text: t('set.done') });
        onSet(outcome.payload);
        return onClose();
    }
  };
  return (
    <FormDialog isOpen title={t('set.title')} onClose={onClose} isDismissable={false}>
      <form
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <TextInput
          label={t('clientId')}
          hint={t('set.clientIdHint')}
          autoComplete="off"
          value={clientId}
          onChange={(text) => {
            setClientId(text);
            complaints.set([]);
          }}
          complaint={complaints.at('clientId')}
        />
        <SecretFields
          secret={secret}
          complaint={complaints.at}
          onChange={(next) => {
            setSecret(next);
            complaints.set([]);
          }}
        />
        <Refusals texts={complaints.elsewhere} />
        <p className="quiet small">{t('set.tested')}</p>
        <div className="actions">
          <Button onPress={onClose}>{t('common:cancel')}</Button>
          <Button type="submit" weight="primary" isPending={isPending}>
            {t('set.action')}
          </Button>
        </div>
      </form>
    </FormDialog>
  );
}
