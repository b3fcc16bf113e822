import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { newKey } from '../../api/newKey';
import { useAction, type UserError } from '../../api/useAction';
import { useViewer } from '../../viewer/viewer';
import { graphql } from '../../gql';
import type { CreateTenantInput, MicrosoftCloud } from '../../gql/graphql';
import { Button, LinkButton } from '../../ui/Button';
import { Choice, TextInput } from '../../ui/fields';
import { tell } from '../../ui/notices';
import { Page } from '../../ui/Page';
import { Refusals } from '../../ui/Refusals';
import { useFirstMarked } from '../../ui/useFirstMarked';
import { CLOUDS } from '../../words/clouds';
import { useComplaint } from '../../words/useComplaint';

const CREATE = graphql(`
  mutation CreateTenant($input: CreateTenantInput!) {
    createTenant(input: $input) {
      tenant {
        id
        name
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

type Field = 'name' | 'entraTenantId';

/** The same key as long as the same is asked for, so that asking twice adds one tenant. */
function useIdempotencyKey(): (input: CreateTenantInput) => string {
  const last = useRef({ input: '', key: '' });
  return (input) => {
    const text = JSON.stringify(input);
    if (last.current.input !== text) {
      last.current = { input: text, key: newKey() };
    }
    return last.current.key;
  };
}

function NewTenantForm() {
  const { t } = useTranslation(['overview', 'words', 'common']);
  const navigate = useNavigate();
  const { perform, isPending } = useAction(CREATE);
  const keyFor = useIdempotencyKey();
  const [name, setName] = useState('');
  const [entraTenantId, setEntraTenantId] = useState('');
  const [cloud, setCloud] = useState<MicrosoftCloud>('GLOBAL');
  const [errors, setErrors] = useState<UserError[]>([]);
  /** How often it was found wanting or not, here and by the server. */
  const [checks, setChecks] = useState(0);
  const form = useFirstMarked(checks);

  const complaint = useComplaint();
  const told = (field: Field) =>
    errors
      .filter(({ path }) => path.at(-1) === field)
      .map((error) => (error.code === 'ALREADY_EXISTS' ? t('new.idTaken') : complaint(error)))[0];
  const nameComplaint = checks > 0 && name.trim() === '' ? t('new.nameMissing') : told('name');
  const idComplaint = checks > 0 && !UUID.test(entraTenantId.trim()) ? t('new.idWrong') : told('entraTenantId');
  const others = errors.filter(({ path }) => path.at(-1) !== 'name' && path.at(-1) !== 'entraTenantId');

  const submit = async () => {
    const check = () => setChecks((count) => count + 1);
    check();
    const input = { name: name.trim(), entraTenantId: entraTenantId.trim().toLowerCase(), cloud };
    if (input.name === '' || !UUID.test(input.entraTenantId)) {
      return;
    }
    const outcome = await perform({ input: { ...input, idempotencyKey: keyFor(input) } });
    if (outcome.kind === 'failed') {
      tell(outcome);
    } else if (outcome.kind === 'refused') {
      setErrors(outcome.errors);
      check();
    } else if (outcome.payload.tenant != null) {
      tell({ kind: 'done', text: t('new.done', { name: outcome.payload.tenant.name }) });
      await navigate(`/tenants/${outcome.payload.tenant.id}/credential`, { replace: true });
    }
  };

  return (
    <form
      ref={form}
      className="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Refusals texts={others.map(complaint)} />
      <TextInput
        label={t('new.name')}
        hint={t('new.nameHint')}
        value={name}
        maxLength={120}
        autoComplete="off"
        onChange={(text) => {
          setName(text);
          setErrors([]);
        }}
        complaint={nameComplaint}
      />
      <TextInput
        label={t('new.id')}
        hint={t('new.idHint')}
        placeholder="00000000-0000-0000-0000-000000000000"
        value={entraTenantId}
        autoComplete="off"
        spellCheck="false"
        onChange={(text) => {
          setEntraTenantId(text);
          setErrors([]);
        }}
        complaint={idComplaint}
      />
      <Choice<MicrosoftCloud>
        label={t('new.cloud')}
        hint={t('new.cloudHint')}
        value={cloud}
        options={CLOUDS.map((value) => ({ value, text: t(`words:cloud.${value}`) }))}
        onChange={setCloud}
      />
      <div className="actions">
        <Button type="submit" weight="primary" isPending={isPending}>
          {t('add')}
        </Button>
        <LinkButton to="/">{t('common:cancel')}</LinkButton>
      </div>
    </form>
  );
}

/** Adds a tenant. What it needs next is a credential, so that is where it leads. */
export default function NewTenant() {
  const { t } = useTranslation('overview');
  const viewer = useViewer();
  return (
    <Page title={t('new.title')} lead={t('new.lead')}>
      {viewer?.canCreateTenants === true && <NewTenantForm />}
      {viewer?.canCreateTenants === false && <p className="note note-warning">{t('new.notAllowed')}</p>}
    </Page>
  );
}
