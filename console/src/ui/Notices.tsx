import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import {
  Button as AriaButton,
  Text,
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastRegion as ToastRegion,
} from 'react-aria-components';
import { Button } from './Button';
import { FailureDetails, useFailureTexts } from './FailureNote';
import { notices, type Notice } from './notices';
import type { Failure } from '../api/failure';

function FailureText({ failure }: { failure: Failure }) {
  const { title, advice } = useFailureTexts(failure);
  return (
    <>
      <Text slot="title" className="note-title">
        {title}
      </Text>
      <p>{advice}</p>
      <FailureDetails failure={failure} />
    </>
  );
}

function NoticeText({ notice, onDone }: { notice: Notice; onDone: () => void }) {
  const { t } = useTranslation();
  switch (notice.kind) {
    case 'failed':
      return <FailureText failure={notice.failure} />;
    case 'refused':
      return (
        <>
          <Text slot="title" className="note-title">
            {notice.text}
          </Text>
          {notice.details.map((detail) => (
            <p key={detail}>{detail}</p>
          ))}
        </>
      );
    case 'done': {
      const { undo } = notice;
      return (
        <>
          <Text slot="title">{notice.text}</Text>
          {undo !== undefined && (
            <Button
              size="small"
              onPress={() => {
                undo();
                onDone();
              }}
            >
              {t('undo')}
            </Button>
          )}
        </>
      );
    }
  }
}

export function Notices() {
  const { t } = useTranslation();
  return (
    <ToastRegion queue={notices} className="notices" aria-label={t('notices')}>
      {({ toast }) => (
        <Toast toast={toast} className={`notice notice-${toast.content.kind}`}>
          {toast.content.kind === 'done' ? <CircleCheck aria-hidden size={18} /> : <CircleAlert aria-hidden size={18} />}
          <ToastContent className="notice-text">
            <NoticeText notice={toast.content} onDone={() => notices.close(toast.key)} />
          </ToastContent>
          <AriaButton slot="close" className="icon-button" aria-label={t('close')}>
            <X aria-hidden size={16} />
          </AriaButton>
        </Toast>
      )}
    </ToastRegion>
  );
}
