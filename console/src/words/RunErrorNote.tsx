import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ReactNode } from 'react';
import type { BackupRunErrorCode } from '../gql/graphql';

interface Props {
  code: BackupRunErrorCode;
  /** What the server says, in English. */
  message?: string | null;
  children?: ReactNode;
}

/** Why a run, or a part of it, failed, and what to do about it. */
export function RunErrorNote({ code, message, children }: Props) {
  const { t, i18n } = useTranslation('words');
  const known = i18n.exists(`words:runError.${code}.title`) ? code : 'UNKNOWN';
  return (
    <div className="note note-bad">
      <CircleAlert aria-hidden size={20} />
      <div>
        <p className="note-title">{t(`runError.${known}.title`)}</p>
        {message !== null && message !== undefined && <p lang="en">{message}</p>}
        <p>{t(`runError.${known}.advice`)}</p>
        {children}
      </div>
    </div>
  );
}
