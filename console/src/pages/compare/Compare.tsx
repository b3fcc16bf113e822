import { ArrowLeftRight, GitCompareArrows } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { failureOf } from '../../api/failure';
import { useTenant } from '../../tenant/tenant';
import { Button } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';
import { FailureNote } from '../../ui/FailureNote';
import { Page } from '../../ui/Page';
import { useFilters } from '../../ui/useFilters';
import { Comparison } from './Comparison';
import './compare.css';
import { SetPicker } from './SetPicker';
import { useListedSets } from './useListedSets';

/** Two backup sets beside each other. The address says which, and what of it is open. */
export default function Compare() {
  const { t } = useTranslation('compare');
  const { id } = useTenant();
  const { one, set } = useFilters();
  const { query, sets, total, more } = useListedSets(id);
  const [{ data, error }, ask] = query;
  const base = one('base');
  const target = one('target');
  return (
    <Page title={t('title')} lead={t('lead')}>
      <div className="stack">
        {error !== undefined && (
          <FailureNote failure={failureOf(error)} onRetry={() => ask({ requestPolicy: 'network-only' })} />
        )}
        <div className="pickers">
          <SetPicker label={t('base')} sets={sets} chosen={base} onChoose={(chosen) => set({ base: chosen })} />
          <Button onPress={() => set({ base: target, target: base })}>
            <ArrowLeftRight aria-hidden size={16} />
            {t('swap')}
          </Button>
          <SetPicker label={t('target')} sets={sets} chosen={target} onChoose={(chosen) => set({ target: chosen })} />
        </div>
        {more !== null && (
          <p className="quiet">
            {t('listed', { listed: sets.length, count: total })}{' '}
            <Button size="small" onPress={more}>
              {t('listMore')}
            </Button>
          </p>
        )}
        {base === null || target === null ? (
          <EmptyState icon={GitCompareArrows} title={t('chooseTwo')}>
            <p>{t(data?.tenant != null && sets.length < 2 ? 'tooFew' : 'chooseTwoText')}</p>
          </EmptyState>
        ) : base === target ? (
          <EmptyState icon={GitCompareArrows} title={t('same')}>
            <p>{t('chooseTwoText')}</p>
          </EmptyState>
        ) : (
          <Comparison base={base} target={target} />
        )}
      </div>
    </Page>
  );
}
