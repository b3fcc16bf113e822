import { CircleCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../ui/CopyButton';
import { useKinds } from '../../words/kinds';
import { RunErrorNote } from '../../words/RunErrorNote';
import type { Check } from './documents';
import { KindList } from './KindList';
import { groupsOf, type RefusalGroup } from './permissions';

function Group({ group: { errorCode, permissions, message, kinds } }: { group: RefusalGroup }) {
  const { t } = useTranslation('credential');
  return (
    <RunErrorNote code={errorCode} message={message}>
      {permissions.map((permission) => (
        <p key={permission} className="permission">
          <code>{permission}</code>
          <CopyButton label={t('copyPermission', { permission })} text={permission} />
        </p>
      ))}
      <KindList kinds={kinds} />
    </RunErrorNote>
  );
}

/** What a test sign-in has shown: what it opens not, by what to do about it. */
export function CheckResult({ check: { credential, refusedPolicyTypes, remarks } }: { check: Check }) {
  const { t } = useTranslation('credential');
  const kinds = useKinds();
  const groups = groupsOf(refusedPolicyTypes, credential?.missingPermissions ?? [], kinds);
  const works = credential?.status === 'CONNECTED' && groups.length === 0;
  return (
    <div className="stack" role="status">
      {works && (
        <div className="note note-info">
          <CircleCheck aria-hidden size={20} />
          <p>{t('check.works')}</p>
        </div>
      )}
      {groups.map((group) => (
        <Group key={`${group.errorCode} ${group.permissions.join(' ')} ${group.message ?? ''}`} group={group} />
      ))}
      {remarks.length > 0 && (
        <ul className="remarks quiet small" lang="en" aria-label={t('check.remarks')}>
          {remarks.map((remark) => (
            <li key={remark}>{remark}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
