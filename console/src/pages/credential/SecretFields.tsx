import { FileKey2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FileTrigger } from 'react-aria-components';
import { Button } from '../../ui/Button';
import { Choice, TextInput } from '../../ui/fields';
import type { Secret } from './secret';

export const PLACES = ['secret', 'secret.clientSecret.value', 'secret.clientSecret.expiresAt', 'secret.certificate.pem'] as const;

interface Props {
  secret: Secret;
  onChange: (secret: Secret) => void;
  complaint: (place: (typeof PLACES)[number]) => string | undefined;
}

/** A certificate: pasted, or read from a file. What is in it is for the server to judge. */
function CertificateField({ secret, onChange, complaint }: Props) {
  const { t } = useTranslation('credential');
  const [fileName, setFileName] = useState<string | null>(null);
  return (
    <div className="field">
      <TextInput
        label={t('set.pem')}
        hint={fileName === null ? t('set.pemHint') : t('set.pemRead', { name: fileName })}
        lines={6}
        autoComplete="off"
        spellCheck="false"
        value={secret.pem}
        onChange={(pem) => {
          setFileName(null);
          onChange({ ...secret, pem });
        }}
        complaint={complaint('secret.certificate.pem') ?? complaint('secret')}
      />
      <FileTrigger
        acceptedFileTypes={['.pem', '.crt', '.cer', '.key', '.txt']}
        onSelect={async (files) => {
          const file = files?.item(0);
          if (file != null) {
            onChange({ ...secret, pem: await file.text() });
            setFileName(file.name);
          }
        }}
      >
        <Button size="small">
          <FileKey2 aria-hidden size={16} />
          {t('set.file')}
        </Button>
      </FileTrigger>
    </div>
  );
}

export function SecretFields(props: Props) {
  const { secret, onChange, complaint } = props;
  const { t } = useTranslation('credential');
  return (
    <>
      <Choice
        label={t('kind')}
        value={secret.kind}
        options={[
          { value: 'clientSecret', text: t('kinds.CLIENT_SECRET') },
          { value: 'certificate', text: t('kinds.CERTIFICATE') },
        ]}
        onChange={(kind) => onChange({ ...secret, kind })}
      />
      {secret.kind === 'certificate' ? (
        <CertificateField {...props} />
      ) : (
        <>
          <TextInput
            label={t('set.value')}
            hint={t('set.valueHint')}
            type="password"
            autoComplete="off"
            value={secret.value}
            onChange={(value) => onChange({ ...secret, value })}
            complaint={complaint('secret.clientSecret.value') ?? complaint('secret')}
          />
          <TextInput
            label={t('set.expiresOn')}
            hint={t('set.expiresOnHint')}
            type="date"
            value={secret.expiresOn}
            onChange={(expiresOn) => onChange({ ...secret, expiresOn })}
            complaint={complaint('secret.clientSecret.expiresAt')}
          />
        </>
      )}
    </>
  );
}
