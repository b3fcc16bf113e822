/** Differences in the console's words. */

import { CircleMinus, CirclePlus, PencilLine, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { DiffKind } from '../gql/graphql';
import { Badge, type Tone } from '../ui/Badge';
import './changes.css';

export const DIFF_KINDS: readonly DiffKind[] = ['ADDED', 'CHANGED', 'REMOVED'];

const LOOKS: Record<DiffKind, { tone: Tone; icon: LucideIcon }> = {
  ADDED: { tone: 'good', icon: CirclePlus },
  CHANGED: { tone: 'warning', icon: PencilLine },
  REMOVED: { tone: 'bad', icon: CircleMinus },
};

export function DiffKindBadge({ kind }: { kind: DiffKind }) {
  const { t } = useTranslation('words');
  const look = (LOOKS as Partial<typeof LOOKS>)[kind] ?? { tone: 'neutral' };
  return <Badge {...look}>{t(`diffKind.${kind}`, t('diffKind.unknown'))}</Badge>;
}

interface Counts {
  addedCount: number;
  changedCount: number;
  removedCount: number;
}

/** How many policies are new, changed and gone, in little room: `+1 ~2 −0`. */
export function ChangeCounts({ counts: { addedCount, changedCount, removedCount } }: { counts: Counts }) {
  const { t } = useTranslation('words');
  if (addedCount + changedCount + removedCount === 0) {
    return <span className="quiet">{t('changes.none')}</span>;
  }
  const parts = [
    ['added', '+', addedCount],
    ['changed', '~', changedCount],
    ['removed', '−', removedCount],
  ] as const;
  return (
    <span className="change-counts">
      {parts
        .filter(([, , count]) => count > 0)
        .map(([name, sign, count]) => (
          <span key={name} className={`change-${name}`} title={t(`changes.${name}`, { count })}>
            <span aria-hidden>
              {sign}
              {count}
            </span>
            <span className="visually-hidden">{t(`changes.${name}`, { count })}</span>
          </span>
        ))}
    </span>
  );
}
