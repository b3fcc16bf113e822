import { Plug, ShieldCheck, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { useAction } from '../../api/useAction';
import { Permitted } from '../../tenant/Permitted';
import { useTenant } from '../../tenant/tenant';
import { useAllSchedules } from '../../tenant/useAllSchedules';
import { Button } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';
import { Loaded } from '../../ui/Loaded';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { ConnectionStatus } from '../../words/statuses';
import { useWasDone } from '../../words/useWasDone';
import { CheckResult } from './CheckResult';
import { CredentialFacts } from './CredentialFacts';
import { CHECK_CREDENTIAL, CREDENTIAL, type Check } from './documents';
import { Permissions } from './Permissions';
import { RemoveCredential } from './RemoveCredential';
import { SetCredential } from './SetCredential';
import './credential.css';

function Present() {
  const { t } = useTranslation('credential');
  const { id } = useTenant();
  const wasDone = useWasDone();
  // The kinds of the schedules decide which permissions are needed.
  const schedules = useAllSchedules(id, true);
  const query = useQuery({ query: CREDENTIAL, variables: { id } });
  const checking = useAction(CHECK_CREDENTIAL);
  const [check, setCheck] = useState<Check | null>(null);
  const [open, setOpen] = useState<'set' | 'remove' | null>(null);
  const tenant = query[0].data?.tenant;
  const stored = tenant?.credential ?? null;
  const runCheck = async () => {
    setCheck(null);
    const outcome = await checking.perform({ id });
    if (wasDone(outcome, t('check.notDone'))) {
      setCheck(outcome.payload);
    }
  };
  return (
    <Page
      title={t('title')}
      beside={tenant != null && <ConnectionStatus status={tenant.connectionStatus} />}
      lead={t('lead')}
      actions={
        stored !== null && (
          <>
            <Button weight="primary" isPending={checking.isPending} onPress={() => void runCheck()}>
              <ShieldCheck aria-hidden size={18} />
              {t('check.action')}
            </Button>
            <Button onPress={() => setOpen('set')}>{t('set.replace')}</Button>
            <Button onPress={() => setOpen('remove')}>
              <Trash2 aria-hidden size={18} />
              {t('remove.open')}
            </Button>
          </>
        )
      }
    >
      <Loaded query={query}>
        {() => (
          <div className="stack">
            {stored === null ? (
              <EmptyState icon={Plug} title={t('empty.title')}>
                <p>{t('empty.text')}</p>
                <Button weight="primary" onPress={() => setOpen('set')}>
                  {t('set.open')}
                </Button>
              </EmptyState>
            ) : (
              <Panel title={t('stored')}>
                <CredentialFacts stored={stored} />
              </Panel>
            )}
            {check !== null && (
              <Panel title={t('check.title')}>
                <CheckResult check={check} />
              </Panel>
            )}
            <Loaded query={schedules}>
              {(all) => <Permissions stored={stored} types={new Set(all.flatMap(({ policyTypes }) => policyTypes ?? []))} />}
            </Loaded>
          </div>
        )}
      </Loaded>
      {open === 'set' && (
        <SetCredential
          clientId={stored?.clientId}
          onSet={(tried) => {
            setCheck(tried);
            query[1]({ requestPolicy: 'network-only' });
          }}
          onClose={() => setOpen(null)}
        />
      )}
      {open === 'remove' && (
        <RemoveCredential
          onClose={() => {
            setOpen(null);
            setCheck(null);
          }}
        />
      )}
    </Page>
  );
}

export default function Credential() {
  const { t } = useTranslation('credential');
  return (
    <Permitted needs="MANAGE_CREDENTIALS" title={t('title')}>
      <Present />
    </Permitted>
  );
}
