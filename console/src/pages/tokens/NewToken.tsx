import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSecretAction } from '../../api/useSecretAction';
import type { TenantRole } from '../../gql/graphql';
import { useTenant } from '../../tenant/tenant';
import { Button } from '../../ui/Button';
import { Choice, NumberInput, TextInput } from '../../ui/fields';
import { FormDialog } from '../../ui/FormDialog';
import { tell } from '../../ui/notices';
import { Refusals } from '../../ui/Refusals';
import { ROLES, useRoleName } from '../../words/roles';
import { useComplaints } from '../../words/useComplaints';
import { CREATE_TOKEN } from './documents';
import { TokenText } from './TokenText';

const LONGEST = 365;
const USUAL = 90;

interface Props {
  /** When there is one more. */
  onMade: () => void;
  onClose: () => void;
}

/** Makes a token and shows its text once. The only copy is in the state of this dialog, and goes with it. */
export function NewToken({ onMade, onClose }: Props) {
  const { t } = useTranslation(['tokens', 'common']);
  const { id, viewerRole } = useTenant();
  const roleName = useRoleName();
  const { perform, isPending } = useSecretAction(CREATE_TOKEN);
  const complaints = useComplaints(['name', 'role', 'expiresInDays']);
  const [name, setName] = useState('');
  const [role, setRole] = useState<TenantRole>('READONLY');
  const [days, setDays] = useState(USUAL);
  const [made, setMade] = useState<{ name: string; text: string } | null>(null);
  const roles = ROLES.slice(0, ROLES.indexOf(viewerRole) + 1).filter((one) => one !== 'OWNER');
  const submit = async () => {
    const outcome = await perform({ input: { tenantId: id, name, role, expiresInDays: days } });
    switch (outcome.kind) {
      case 'failed':
        return tell(outcome);
      case 'refused':
        return complaints.set(outcome.errors);
      case 'done':
        onMade();
        return setMade({ name: outcome.payload.apiToken?.name ?? name, text: outcome.payload.token ?? '' });
    }
  };
  if (made !== null) {
    return <TokenText name={made.name} text={made.text} onClose={onClose} />;
  }
  return (
    <FormDialog isOpen title={t('new.title')} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <TextInput
          label={t('name')}
          hint={t('new.nameHint')}
          autoComplete="off"
          value={name}
          onChange={(text) => {
            setName(text);
            complaints.set([]);
          }}
          complaint={complaints.at('name')}
        />
        <Choice<TenantRole>
          label={t('role')}
          hint={t('new.roleHint')}
          complaint={complaints.at('role')}
          value={role}
          options={roles.map((value) => ({ value, text: roleName(value) }))}
          onChange={setRole}
        />
        <NumberInput
          label={t('new.days')}
          hint={t('new.daysHint', { count: LONGEST })}
          minValue={1}
          maxValue={LONGEST}
          value={days}
          onChange={setDays}
          complaint={complaints.at('expiresInDays')}
        />
        <Refusals texts={complaints.elsewhere} />
        <div className="actions">
          <Button onPress={onClose}>{t('common:cancel')}</Button>
          <Button type="submit" weight="primary" isPending={isPending}>
            {t('new.action')}
          </Button>
        </div>
      </form>
    </FormDialog>
  );
}
