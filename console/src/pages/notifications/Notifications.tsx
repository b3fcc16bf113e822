import { BellOff, MailOpen } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { Button } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';
import { Loaded } from '../../ui/Loaded';
import { Page } from '../../ui/Page';
import { Pager, usePage } from '../../ui/Pager';
import { useFilters } from '../../ui/useFilters';
import { NOTIFICATIONS } from './documents';
import { KINDS, SEVERITIES } from './kinds';
import { NotificationCard } from './NotificationCard';
import { NotificationFilters } from './NotificationFilters';
import { useMarking } from './useMarking';
import './notifications.css';

const NO_FILTERS = { show: 'all', tenant: null, severity: null, kinds: null };

export default function Notifications() {
  const { t } = useTranslation('notifications');
  const filters = useFilters();
  const page = usePage();
  const { mark, markAll, opened, isPending } = useMarking();
  const tenantId = filters.one('tenant');
  const severities = filters.many('severity', SEVERITIES);
  const kinds = filters.many('kinds', KINDS);
  const isUnreadOnly = filters.one('show') !== 'all';
  const isNarrow = severities.length > 0 || kinds.length > 0;
  const query = useQuery({
    query: NOTIFICATIONS,
    variables: {
      tenantId,
      filter: {
        isRead: isUnreadOnly ? false : undefined,
        tenantIds: tenantId === null ? undefined : [tenantId],
        severities: severities.length === 0 ? undefined : severities,
        kinds: kinds.length === 0 ? undefined : kinds,
      },
      ...page,
    },
  });
  const viewer = query[0].data?.viewer;
  const unread = viewer?.unreadNotificationCount ?? 0;
  const shown = viewer?.notifications.nodes ?? [];
  const unreadShown = shown.filter(({ readAt }) => readAt == null).map(({ id }) => id);
  // The newest is on the first page: until then, all that there are can be told by an instant.
  const newest = 'first' in page && page.after === null && !isNarrow ? shown[0]?.createdAt : undefined;
  const markShown = () =>
    newest !== undefined && unread > unreadShown.length ? markAll(tenantId, newest) : mark(unreadShown, true);
  return (
    <Page
      title={t('title')}
      lead={<span role="status">{viewer?.apiToken == null && viewer !== undefined && t('unread', { count: unread })}</span>}
      actions={
        unreadShown.length > 0 && (
          <Button isPending={isPending} onPress={() => void markShown()}>
            <MailOpen aria-hidden size={18} />
            {newest === undefined ? t('markShown', { count: unreadShown.length }) : t('markAll')}
          </Button>
        )
      }
    >
      {viewer?.apiToken == null && <NotificationFilters />}
      <Loaded query={query}>
        {({ viewer: { apiToken, notifications } }) => {
          if (apiToken != null) {
            return (
              <EmptyState icon={BellOff} title={t('token.title')}>
                <p>{t('token.text')}</p>
              </EmptyState>
            );
          }
          if (notifications.nodes.length === 0) {
            return (
              <EmptyState icon={BellOff} title={isUnreadOnly ? t('empty.unread') : t('empty.all')}>
                {isUnreadOnly || isNarrow || tenantId !== null ? (
                  <Button onPress={() => filters.set(NO_FILTERS)}>{t('empty.showAll')}</Button>
                ) : (
                  <p>{t('empty.text')}</p>
                )}
              </EmptyState>
            );
          }
          return (
            <>
              <ul className="notifications">
                {notifications.nodes.map((notification) => (
                  <NotificationCard
                    key={notification.id}
                    notification={notification}
                    onMark={(isRead) => void mark([notification.id], isRead)}
                    onOpen={() => void opened(notification.id)}
                  />
                ))}
              </ul>
              <Pager pageInfo={notifications.pageInfo} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
