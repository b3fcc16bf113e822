import { Building2, SearchX } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useViewer } from '../../viewer/viewer';
import { LinkButton } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';
import { FailureNote } from '../../ui/FailureNote';
import { Page } from '../../ui/Page';
import { Filters } from './Filters';
import { LiveRows } from './LiveRows';
import { Outline } from './Outline';
import { useTenants, type TenantRow } from './tenants';
import { TenantTable } from './TenantTable';
import { Tiles } from './Tiles';
import { useView } from './useView';
import { comingIn, seen } from './view';
import './overview.css';

function NoTenants({ mayCreate }: { mayCreate: boolean }) {
  const { t } = useTranslation('overview');
  return (
    <EmptyState icon={Building2} title={t('none.title')}>
      <p>{mayCreate ? t('none.create') : t('none.ask')}</p>
      {mayCreate && (
        <LinkButton weight="primary" to="/tenants/new">
          {t('add')}
        </LinkButton>
      )}
    </EmptyState>
  );
}

function List({ rows, onMove }: { rows: readonly TenantRow[]; onMove: (tenantId: string) => void }) {
  const { t, i18n } = useTranslation('overview');
  const [view, setSort] = useView();
  const shown = useMemo(() => seen(rows, view, i18n.language), [rows, view, i18n.language]);
  const further = comingIn(rows, view);
  return (
    <>
      <Tiles rows={rows} chosen={view.state} />
      <Filters view={view} />
      {shown.length === 0 ? (
        <>
          <LiveRows ids={further} onMove={onMove} />
          <EmptyState icon={SearchX} title={t('noMatch.title')}>
            <p>{t('noMatch.text', { count: rows.length })}</p>
            <LinkButton to="/">{t('noMatch.clear')}</LinkButton>
          </EmptyState>
        </>
      ) : (
        <TenantTable rows={shown} sort={view.sort} onSort={setSort} further={further} onMove={onMove} />
      )}
    </>
  );
}

/** All tenants of the caller at a glance. */
export default function Overview() {
  const { t, i18n } = useTranslation('overview');
  const mayCreate = useViewer()?.canCreateTenants === true;
  const { rows, isWhole, isCut, failure, again, readOne } = useTenants();
  const hasSome = rows.length > 0;
  return (
    <Page
      title={t('title')}
      actions={mayCreate && hasSome ? <LinkButton to="/tenants/new">{t('add')}</LinkButton> : undefined}
    >
      <div className="stack">
        {failure !== null && <FailureNote failure={failure} onRetry={again} />}
        {hasSome && !isWhole && failure === null && (
          <p className="quiet" role="status">
            {t('reading', { count: rows.length, shown: rows.length.toLocaleString(i18n.language) })}
          </p>
        )}
        {isCut && (
          <p className="note note-info">
            {t('cut', { count: rows.length, shown: rows.length.toLocaleString(i18n.language) })}
          </p>
        )}
        {hasSome && <List rows={rows} onMove={readOne} />}
        {!hasSome && isWhole && <NoTenants mayCreate={mayCreate} />}
        {!hasSome && !isWhole && failure === null && <Outline />}
      </div>
    </Page>
  );
}
