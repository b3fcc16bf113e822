import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import type { PolicyType } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { useKindName } from '../../words/kinds';

/** As many as fit in two lines or three. */
const FEW = 12;

interface Props {
  counts: readonly { policyType: PolicyType; itemCount: number }[];
  chosen: readonly PolicyType[];
  onChange: (chosen: PolicyType[]) => void;
}

/** The kinds in a set, the most frequent first. */
export function KindChips({ counts, chosen, onChange }: Props) {
  const { t } = useTranslation('sets');
  const kindName = useKindName();
  const [isOpen, setOpen] = useState(false);
  const sorted = [...counts].sort((one, other) => other.itemCount - one.itemCount);
  // What is chosen is never hidden.
  const shown = isOpen ? sorted : sorted.filter(({ policyType }, place) => place < FEW || chosen.includes(policyType));
  return (
    <div className="chips">
      <ToggleButtonGroup
        aria-label={t('kinds')}
        className="chips"
        selectionMode="multiple"
        selectedKeys={chosen}
        onSelectionChange={(keys) => onChange(counts.map(({ policyType }) => policyType).filter((kind) => keys.has(kind)))}
      >
        {shown.map(({ policyType, itemCount }) => (
          <ToggleButton key={policyType} id={policyType} className="chip">
            {kindName(policyType)} <span className="chip-count">{itemCount}</span>
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      {sorted.length > FEW && (
        <Button size="small" weight="quiet" onPress={() => setOpen(!isOpen)}>
          {isOpen ? t('fewerKinds') : t('allKinds', { count: sorted.length })}
        </Button>
      )}
    </div>
  );
}
