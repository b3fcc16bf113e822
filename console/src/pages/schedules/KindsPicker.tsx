import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PolicyType, PolicyTypeTier } from '../../gql/graphql';
import { Badge } from '../../ui/Badge';
import { Checkbox, Finder } from '../../ui/fields';
import { useKinds, type Kind } from '../../words/kinds';

interface Props {
  chosen: readonly PolicyType[];
  complaint?: string;
  onChange: (chosen: PolicyType[]) => void;
}

interface GroupProps {
  title: string;
  hint: string;
  kinds: readonly Kind[];
  chosen: readonly PolicyType[];
  onChoose: (kinds: readonly PolicyType[], isChosen: boolean) => void;
}

function Group({ title, hint, kinds, chosen, onChoose }: GroupProps) {
  const { t } = useTranslation('schedules');
  const possible = kinds.filter(({ unavailableReason }) => unavailableReason == null).map(({ type }) => type);
  const count = kinds.filter(({ type }) => chosen.includes(type)).length;
  return (
    <fieldset className="kind-group">
      <legend className="visually-hidden">{title}</legend>
      <div className="kind-group-head">
        <Checkbox
          isSelected={possible.length > 0 && possible.every((type) => chosen.includes(type))}
          isIndeterminate={count > 0 && !possible.every((type) => chosen.includes(type))}
          isDisabled={possible.length === 0}
          onChange={(isSelected) => onChoose(possible, isSelected)}
        >
          <strong>{title}</strong>
        </Checkbox>
        <span className="quiet small">
          {hint} {t('kinds.chosen', { chosen: count, all: kinds.length })}
        </span>
      </div>
      <ul className="kinds">
        {kinds.map(({ type, displayName, lang, requiredPermissions, isBeta, unavailableReason }) => (
          <li key={type}>
            <Checkbox
              isSelected={chosen.includes(type)}
              isDisabled={unavailableReason != null && !chosen.includes(type)}
              onChange={(isSelected) => onChoose([type], isSelected)}
            >
              <span className="kind-name">
                <span lang={lang}>{displayName}</span> {isBeta && <Badge tone="neutral">{t('kinds.beta')}</Badge>}
              </span>
              {requiredPermissions.length > 0 && <code className="kind-needs">{requiredPermissions.join(', ')}</code>}
              {unavailableReason != null && <span className="kind-reason">{unavailableReason}</span>}
            </Checkbox>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

const TIERS = ['CORE', 'EXTENDED', 'OPTIONAL'] as const satisfies readonly PolicyTypeTier[];

function isMeant(kind: Kind, text: string): boolean {
  const sought = text.trim().toLowerCase();
  return [kind.displayName, kind.type, ...kind.requiredPermissions].some((one) => one.toLowerCase().includes(sought));
}

/** Which kinds are backed up, by how common they are, with what it takes to read each. */
export const KindsPicker = memo(function KindsPicker({ chosen, complaint, onChange }: Props) {
  const { t } = useTranslation('schedules');
  const kinds = useKinds();
  const [text, setText] = useState('');
  const choose = (types: readonly PolicyType[], isChosen: boolean) =>
    onChange(kinds.map(({ type }) => type).filter((type) => (types.includes(type) ? isChosen : chosen.includes(type))));
  const found = kinds.filter((kind) => isMeant(kind, text));
  return (
    <div className="kinds-picker" data-invalid={complaint === undefined ? undefined : true}>
      <Finder label={t('kinds.search')} value={text} onChange={setText} />
      {complaint !== undefined && (
        <p className="complaint" role="alert">
          {complaint}
        </p>
      )}
      {TIERS.map((tier) => {
        const ofTier = found.filter((kind) => kind.tier === tier);
        return (
          ofTier.length > 0 && (
            <Group
              key={tier}
              title={t(`kinds.${tier}`)}
              hint={t(`kinds.hint.${tier}`)}
              kinds={ofTier}
              chosen={chosen}
              onChoose={choose}
            />
          )
        );
      })}
      {found.length === 0 && kinds.length > 0 && <p className="quiet">{t('kinds.noMatch')}</p>}
    </div>
  );
});
