import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { download } from '../../api/download';
import type { Failure } from '../../api/failure';
import { useMay } from '../../tenant/tenant';
import { Button } from '../../ui/Button';
import { bytes } from '../../ui/bytes';
import { FailureNote } from '../../ui/FailureNote';
import { Checkbox, Choice } from '../../ui/fields';
import { FormDialog } from '../../ui/FormDialog';
import { tell } from '../../ui/notices';
import { Progress } from '../../ui/Progress';
import { saveFile } from '../../ui/saveFile';
import type { BackupSet } from './Set';

const FORMATS = ['json', 'intunecd'] as const;
type Format = (typeof FORMATS)[number];

/** From here on a browser, which holds an archive until it is whole, may run short of memory. */
const LARGE = 1_000_000_000;

interface Props {
  set: BackupSet;
  isOpen: boolean;
  onClose: () => void;
}

/** A set as an archive. Closing the dialog ends a download that is under way. */
export function DownloadDialog({ set, isOpen, onClose }: Props) {
  const { t, i18n } = useTranslation('sets');
  const may = useMay();
  const [format, setFormat] = useState<Format>('json');
  const [withSecrets, setWithSecrets] = useState(false);
  const [received, setReceived] = useState<number | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const underWay = useRef<AbortController>(null);
  const close = () => {
    underWay.current?.abort();
    setReceived(null);
    setFailure(null);
    setWithSecrets(false);
    onClose();
  };
  const start = async () => {
    const control = new AbortController();
    underWay.current = control;
    setFailure(null);
    setReceived(0);
    const wish = new URLSearchParams({ format, ...(withSecrets && { withSecrets: 'true' }) });
    const got = await download(`/export/${set.id}.zip?${wish.toString()}`, control.signal, setReceived);
    if (control.signal.aborted) {
      return;
    }
    setReceived(null);
    if (got.kind === 'failed') {
      setFailure(got.failure);
      return;
    }
    saveFile(`${set.id}.zip`, got.content);
    tell({ kind: 'done', text: t('downloaded', { size: bytes(i18n.language, got.content.size) }) });
    close();
  };
  return (
    <FormDialog isOpen={isOpen} title={t('downloadTitle')} onClose={close} isDismissable={received === null}>
      <p>{t('downloadText', { count: set.itemCount, size: bytes(i18n.language, set.payloadBytes) })}</p>
      <Choice
        label={t('format')}
        hint={t(`formatHint.${format}`)}
        value={format}
        options={FORMATS.map((value) => ({ value, text: t(`formats.${value}`) }))}
        onChange={setFormat}
        isDisabled={received !== null}
      />
      {may('EXPORT_SECRETS') && (
        <Checkbox isSelected={withSecrets} onChange={setWithSecrets} isDisabled={received !== null}>
          {t('withSecrets')}
        </Checkbox>
      )}
      {withSecrets && <p className="note note-warning">{t('secretsText')}</p>}
      {Number(set.payloadBytes) > LARGE && (
        <p className="note note-info">
          <span>
            {t('large')} <code>{`tenantatlas export ${set.id} --to DIR`}</code>
          </span>
        </p>
      )}
      {failure !== null && <FailureNote failure={failure} />}
      {received !== null && (
        <div role="status" className="stack">
          <Progress label={t('downloading')} percent={null} />
          <span>{t('received', { size: bytes(i18n.language, received) })}</span>
        </div>
      )}
      <div className="actions">
        <Button onPress={close}>{t('cancelDownload')}</Button>
        <Button weight="primary" isPending={received !== null} onPress={start}>
          {t('download')}
        </Button>
      </div>
    </FormDialog>
  );
}
