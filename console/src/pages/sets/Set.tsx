import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';
import type { SetQuery } from '../../gql/graphql';
import { useTenant } from '../../tenant/tenant';
import { exactly } from '../../time/formats';
import { Moment } from '../../time/Moment';
import { OneObject } from '../../tenant/OneObject';
import { bytes } from '../../ui/bytes';
import { Copyable } from '../../ui/Copyable';
import { Facts } from '../../ui/Facts';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { useKindName } from '../../words/kinds';
import { DeletedNote } from './DeletedNote';
import { SET } from './documents';
import { SetActions } from './SetActions';
import { SetChanges } from './SetChanges';
import { SetItems } from './SetItems';
import './sets.css';
import { Completeness, Soundness } from './SetStates';

export type BackupSet = NonNullable<SetQuery['backupSet']>;

export default function Set() {
  const { setId = '' } = useParams();
  const query = useQuery({ query: SET, variables: { id: setId } });
  return (
    <OneObject query={query} one={({ backupSet }) => backupSet}>
      {(set) => <Shown key={set.id} set={set} />}
    </OneObject>
  );
}

function Shown({ set }: { set: BackupSet }) {
  const { t, i18n } = useTranslation('sets');
  return (
    <Page
      title={t('setOf', { when: exactly(i18n.language, set.createdAt) })}
      beside={<Completeness isComplete={set.isComplete} missing={[]} deletedAt={set.deletedAt} />}
      actions={<SetActions set={set} />}
    >
      <div className="stack">
        {set.deletedAt != null && <DeletedNote set={set} />}
        <Panel title={t('facts')}>
          <SetFacts set={set} />
        </Panel>
        <SetChanges set={set} />
        <SetItems set={set} />
      </div>
    </Page>
  );
}

function SetFacts({ set }: { set: BackupSet }) {
  const { t, i18n } = useTranslation('sets');
  const { id } = useTenant();
  const kindName = useKindName();
  const options = [set.includesAssignments && t('withAssignments'), set.includesScopeTags && t('withScopeTags')];
  return (
    <Facts
      facts={[
        [t('created'), <Moment key="created" instant={set.createdAt} as="both" />],
        [
          t('schedule'),
          <Link key="schedule" to={`/tenants/${id}/schedules/${set.schedule.id}`}>
            {set.schedule.name}
          </Link>,
        ],
        [
          t('run'),
          <Link key="run" to={`/tenants/${id}/runs/${set.run.id}`}>
            {t('toRun')}
          </Link>,
        ],
        [t('items'), set.itemCount.toLocaleString(i18n.language)],
        [t('size'), bytes(i18n.language, set.payloadBytes)],
        [t('verified'), <Soundness key="verified" {...set} />],
        [t('holds'), options.filter((option) => option !== false).join(', ') || t('policiesOnly')],
        ...(set.missingPolicyTypes.length === 0
          ? []
          : [[t('missingKinds'), set.missingPolicyTypes.map(kindName).join(', ')] as const]),
        [
          t('contentHash'),
          <Copyable key="hash" label={t('copyHash')} text={set.contentHash} />,
        ],
      ]}
    />
  );
}
