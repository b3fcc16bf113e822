import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAction, type UserError } from '../../api/useAction';
import type { TenantRole } from '../../gql/graphql';
import { useSettings } from '../../session/SettingsContext';
import { useTenant } from '../../tenant/tenant';
import { Button } from '../../ui/Button';
import { Choice } from '../../ui/fields';
import { FormDialog } from '../../ui/FormDialog';
import { tell } from '../../ui/notices';
import { Refusals } from '../../ui/Refusals';
import { ROLES, useRoleName } from '../../words/roles';
import { useComplaints } from '../../words/useComplaints';
import { ADD_MEMBER } from './documents';
import { PLACES, PrincipalFields, principalOf, type Person } from './PrincipalFields';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What the form itself has to tell: the API takes nothing that is no ID at all. */
function faultsOf({ way, known, entraTenantId, objectId }: Person, noId: string): UserError[] {
  const fault = (code: string, ...path: string[]): UserError => ({ code, message: noId, path: ['input', 'principal', ...path] });
  switch (way) {
    case 'known':
      return known === null ? [fault('REQUIRED', 'userId')] : [];
    case 'entra':
      return [
        ...(UUID.test(objectId.trim()) ? [] : [fault('INVALID_VALUE', 'entraUser', 'objectId')]),
        ...(UUID.test(entraTenantId.trim()) ? [] : [fault('INVALID_VALUE', 'entraUser', 'entraTenantId')]),
      ];
    case 'oidc':
      return [];
  }
}

export function AddMember({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['members', 'common']);
  const tenant = useTenant();
  const { issuers } = useSettings();
  const roleName = useRoleName();
  const { perform, isPending } = useAction(ADD_MEMBER);
  const complaints = useComplaints(['role', ...PLACES], { ALREADY_EXISTS: t('add.already') });
  const [role, setRole] = useState<TenantRole>('READONLY');
  const [person, setPerson] = useState<Person>({
    way: 'known',
    known: null,
    entraTenantId: tenant.entraTenantId,
    objectId: '',
    issuer: issuers.find(({ authority }) => !authority.includes('login.microsoftonline'))?.authority ?? '',
    subject: '',
  });
  const submit = async () => {
    const faults = faultsOf(person, t('add.noId'));
    complaints.set(faults);
    if (faults.length > 0) {
      return;
    }
    const outcome = await perform({ input: { tenantId: tenant.id, role, principal: principalOf(person) } });
    switch (outcome.kind) {
      case 'failed':
        return tell(outcome);
      case 'refused':
        return complaints.set(outcome.errors);
      case 'done':
        tell({ kind: 'done', text: t('add.done', { name: outcome.payload.member?.user.displayName ?? '' }) });
        return onClose();
    }
  };
  return (
    <FormDialog isOpen title={t('add.title')} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <PrincipalFields
          person={person}
          complaint={complaints.at}
          onChange={(next) => {
            setPerson(next);
            complaints.set([]);
          }}
        />
        <Choice<TenantRole>
          label={t('role')}
          hint={t(`roleHint.${role}`)}
          complaint={complaints.at('role')}
          value={role}
          options={ROLES.map((value) => ({ value, text: roleName(value) }))}
          onChange={setRole}
        />
        <Refusals texts={complaints.elsewhere} />
        <div className="actions">
          <Button onPress={onClose}>{t('common:cancel')}</Button>
          <Button type="submit" weight="primary" isPending={isPending}>
            {t('add.action')}
          </Button>
        </div>
      </form>
    </FormDialog>
  );
}
