/** What a backup set is like, in a word. */

import { CircleAlert, CircleCheck, CircleDashed, ShieldAlert, ShieldCheck, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PolicyType } from '../../gql/graphql';
import { Moment } from '../../time/Moment';
import { Badge } from '../../ui/Badge';
import { useKindName } from '../../words/kinds';

/** As many missing kinds as are named where there is little room. */
const NAMED = 2;

interface CompletenessProps {
  isComplete: boolean;
  missing: readonly PolicyType[];
  deletedAt?: string | null;
}

export function Completeness({ isComplete, missing, deletedAt }: CompletenessProps) {
  const { t } = useTranslation('sets');
  const kindName = useKindName();
  const names = missing.map(kindName);
  const more = names.length - NAMED;
  return (
    <span className="set-state">
      {deletedAt != null && (
        <Badge tone="neutral" icon={Trash2}>
          {t('deleted')}
        </Badge>
      )}
      {isComplete ? (
        <Badge tone="good" icon={CircleCheck}>
          {t('complete')}
        </Badge>
      ) : (
        <Badge tone="warning" icon={CircleAlert}>
          {t('incomplete')}
        </Badge>
      )}
      {names.length > 0 && (
        <span className="quiet small" title={names.join(', ')}>
          {t('missing', { kinds: names.slice(0, NAMED).join(', ') })}
          {more > 0 && ` ${t('andMore', { count: more })}`}
        </span>
      )}
    </span>
  );
}

interface SoundnessProps {
  verifiedAt?: string | null;
  damagedItemCount: number;
}

export function Soundness({ verifiedAt, damagedItemCount }: SoundnessProps) {
  const { t } = useTranslation('sets');
  if (damagedItemCount > 0) {
    return (
      <Badge tone="bad" icon={ShieldAlert}>
        {t('damaged', { count: damagedItemCount })}
      </Badge>
    );
  }
  if (verifiedAt == null) {
    return (
      <Badge tone="neutral" icon={CircleDashed}>
        {t('notVerified')}
      </Badge>
    );
  }
  return (
    <span className="set-state">
      <Badge tone="good" icon={ShieldCheck}>
        {t('sound')}
      </Badge>
      <span className="quiet small">
        <Moment instant={verifiedAt} />
      </span>
    </span>
  );
}
