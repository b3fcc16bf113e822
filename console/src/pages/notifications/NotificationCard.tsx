import { CircleAlert, CircleX, Info, MailOpen, Mail, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { NotificationSeverity } from '../../gql/graphql';
import { Moment } from '../../time/Moment';
import { Button } from '../../ui/Button';
import type { Notification } from './documents';
import { placeOf } from './place';
import { useWording } from './useWording';

const ICONS: Partial<Record<NotificationSeverity, LucideIcon>> = { ERROR: CircleX, WARNING: CircleAlert };

interface Props {
  notification: Notification;
  onMark: (isRead: boolean) => void;
  onOpen: () => void;
}

export function NotificationCard({ notification, onMark, onOpen }: Props) {
  const { t } = useTranslation('notifications');
  const { kind, severity, createdAt, readAt, tenant } = notification;
  const { title, text, original } = useWording(notification);
  const place = placeOf(notification);
  const isRead = readAt != null;
  const Icon = ICONS[severity] ?? Info;
  return (
    <li className={`notification notification-${severity} ${isRead ? '' : 'is-unread'}`}>
      <span className="notification-mark">
        <Icon role="img" aria-label={t(`severity.${severity}`, t('severity.unknown'))} size={20} />
      </span>
      <div className="notification-text">
        <h2>
          {!isRead && <span className="visually-hidden">{t('unreadOne')} </span>}
          {place === null ? (
            <span lang={title.lang}>{title.text}</span>
          ) : (
            <Link lang={title.lang} to={place} onClick={() => !isRead && onOpen()}>
              {title.text}
            </Link>
          )}
        </h2>
        {text.text !== '' && (
          <p lang={text.lang} className="notification-body">
            {text.text}
          </p>
        )}
        {original !== null && (
          <details className="small">
            <summary>{t('original')}</summary>
            <p lang="en" className="notification-body">
              {original}
            </p>
          </details>
        )}
        <p className="notification-where quiet small">
          <Link to={`/tenants/${tenant.id}`}>{tenant.name}</Link>
          <span>{t(`kind.${kind}`, t('kind.unknown'))}</span>
          <Moment instant={createdAt} />
          {place === null && <span>{t('gone')}</span>}
        </p>
      </div>
      <Button size="small" weight="quiet" onPress={() => onMark(!isRead)} aria-label={t(isRead ? 'markUnreadOne' : 'markReadOne', { title: title.text })}>
        {isRead ? <Mail aria-hidden size={16} /> : <MailOpen aria-hidden size={16} />}
        <span className="notification-action">{t(isRead ? 'markUnread' : 'markRead')}</span>
      </Button>
    </li>
  );
}
