import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAction } from '../../api/useAction';
import { graphql } from '../../gql';
import { useTenant } from '../../tenant/tenant';
import { Button } from '../../ui/Button';
import { TextInput } from '../../ui/fields';
import { tell } from '../../ui/notices';
import { Refusals } from '../../ui/Refusals';
import { useComplaints } from '../../words/useComplaints';

const RENAME = graphql(`
  mutation RenameTenant($input: UpdateTenantInput!) {
    updateTenant(input: $input) {
      tenant {
        id
        name
        updatedAt
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

export function RenameForm() {
  const { t } = useTranslation(['settings', 'common']);
  const tenant = useTenant();
  const [typed, setTyped] = useState(tenant.name);
  const { perform, isPending } = useAction(RENAME);
  const complaints = useComplaints(['name']);
  const name = typed.trim();
  const save = async () => {
    const outcome = await perform({ input: { tenantId: tenant.id, name } });
    if (outcome.kind === 'failed') {
      tell(outcome);
    } else if (outcome.kind === 'refused') {
      complaints.set(outcome.errors);
    } else {
      const before = tenant.name;
      setTyped(name);
      tell({ kind: 'done', text: t('renamed', { before, name }) });
    }
  };
  return (
    <form
      className="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Refusals texts={complaints.elsewhere} />
      <TextInput
        label={t('name')}
        hint={t('nameHint')}
        value={typed}
        maxLength={120}
        autoComplete="off"
        onChange={(text) => {
          setTyped(text);
          complaints.set([]);
        }}
        complaint={complaints.at('name')}
      />
      <div className="actions">
        <Button type="submit" weight="primary" isPending={isPending} isDisabled={name === tenant.name}>
          {t('common:save')}
        </Button>
      </div>
    </form>
  );
}
