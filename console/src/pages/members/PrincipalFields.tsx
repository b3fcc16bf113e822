import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantMemberPrincipalInput } from '../../gql/graphql';
import { useTenant } from '../../tenant/tenant';
import { Choice, TextInput } from '../../ui/fields';
import { SearchChoice, type Found } from '../../ui/SearchChoice';
import { usePeople } from './usePeople';

export const WAYS = ['known', 'entra', 'oidc'] as const;
export type Way = (typeof WAYS)[number];

/** A person as the form has it: each way keeps what was typed while another is looked at. */
export interface Person {
  way: Way;
  known: Found | null;
  entraTenantId: string;
  objectId: string;
  issuer: string;
  subject: string;
}

/** Fields of the input that a refusal can be about. */
export const PLACES = [
  'principal',
  'principal.userId',
  'principal.entraUser.entraTenantId',
  'principal.entraUser.objectId',
  'principal.oidcUser.issuer',
  'principal.oidcUser.subject',
] as const;

export function principalOf({ way, known, entraTenantId, objectId, issuer, subject }: Person): TenantMemberPrincipalInput {
  switch (way) {
    case 'known':
      return { userId: known?.value ?? '' };
    case 'entra':
      return { entraUser: { entraTenantId: entraTenantId.trim(), objectId: objectId.trim() } };
    case 'oidc':
      return { oidcUser: { issuer: issuer.trim(), subject: subject.trim() } };
  }
}

interface Props {
  person: Person;
  onChange: (person: Person) => void;
  complaint: (place: (typeof PLACES)[number]) => string | undefined;
}

function KnownPerson({ person, onChange, complaint }: Props) {
  const { t } = useTranslation('members');
  const { id } = useTenant();
  const [typed, type] = useState('');
  const { found, searched, tenantCount } = usePeople(id, typed);
  const hint = searched < tenantCount ? t('add.knownHintCut', { searched, count: tenantCount }) : t('add.knownHint');
  return (
    <SearchChoice
      label={t('add.known')}
      hint={hint}
      placeholder={t('add.knownPlaceholder')}
      complaint={complaint('principal.userId') ?? complaint('principal')}
      chosen={person.known}
      found={found}
      onType={type}
      onChoose={(known) => onChange({ ...person, known })}
    />
  );
}

/** Whom a membership is for, in one of three ways. */
export function PrincipalFields(props: Props) {
  const { person, onChange, complaint } = props;
  const { t } = useTranslation('members');
  const { way } = person;
  return (
    <>
      <Choice
        label={t('add.way')}
        value={way}
        options={WAYS.map((value) => ({ value, text: t(`add.ways.${value}`) }))}
        onChange={(chosen) => onChange({ ...person, way: chosen })}
      />
      {way === 'known' && <KnownPerson {...props} />}
      {way === 'entra' && (
        <>
          <TextInput
            label={t('add.objectId')}
            hint={t('add.objectIdHint')}
            value={person.objectId}
            onChange={(objectId) => onChange({ ...person, objectId })}
            complaint={complaint('principal.entraUser.objectId') ?? complaint('principal')}
          />
          <TextInput
            label={t('add.entraTenantId')}
            hint={t('add.entraTenantIdHint')}
            value={person.entraTenantId}
            onChange={(entraTenantId) => onChange({ ...person, entraTenantId })}
            complaint={complaint('principal.entraUser.entraTenantId')}
          />
        </>
      )}
      {way === 'oidc' && (
        <>
          <TextInput
            label={t('add.subject')}
            hint={t('add.subjectHint')}
            value={person.subject}
            onChange={(subject) => onChange({ ...person, subject })}
            complaint={complaint('principal.oidcUser.subject') ?? complaint('principal')}
          />
          <TextInput
            label={t('add.issuer')}
            hint={t('add.issuerHint')}
            value={person.issuer}
            onChange={(issuer) => onChange({ ...person, issuer })}
            complaint={complaint('principal.oidcUser.issuer')}
          />
        </>
      )}
    </>
  );
}
