import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { LinkButton } from './Button';

export const PAGE_SIZE = 25;

/** Where the address says that a list begins: variables of a connection. */
export type PageVariables =
  | { first: number; after: string | null }
  | { last: number; before: string };

export interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor?: string | null;
  endCursor?: string | null;
}

export function usePage(size = PAGE_SIZE): PageVariables {
  const [search] = useSearchParams();
  const before = search.get('before');
  return before === null ? { first: size, after: search.get('after') } : { last: size, before };
}

/** Without the place in the list: another filter or order begins at its first page. */
export function atFirstPage(search: URLSearchParams): URLSearchParams {
  const next = new URLSearchParams(search);
  next.delete('after');
  next.delete('before');
  return next;
}

/** The ways from one page of a list to the next. They are links, so that back works. */
export function Pager({ pageInfo, total }: { pageInfo: PageInfo; total?: number }) {
  const { t, i18n } = useTranslation();
  const [search] = useSearchParams();
  const at = (name: 'after' | 'before', cursor: string | null | undefined) => {
    const next = atFirstPage(search);
    next.set(name, cursor ?? '');
    return `?${next.toString()}`;
  };
  if (!pageInfo.hasNextPage && !pageInfo.hasPreviousPage && total === undefined) {
    return null;
  }
  return (
    <nav className="pager" aria-label={t('pager.label')}>
      {total !== undefined && (
        <span className="quiet">{t('pager.total', { count: total, shown: total.toLocaleString(i18n.language) })}</span>
      )}
      {pageInfo.hasPreviousPage && (
        <LinkButton size="small" to={at('before', pageInfo.startCursor)} preventScrollReset>
          {t('pager.previous')}
        </LinkButton>
      )}
      {pageInfo.hasNextPage && (
        <LinkButton size="small" to={at('after', pageInfo.endCursor)} preventScrollReset>
          {t('pager.next')}
        </LinkButton>
      )}
    </nav>
  );
}
