import { SlidersHorizontal } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button';
import { useIsNarrow } from './useIsNarrow';

interface Props {
  /** What is filtered, for screen readers. */
  label: string;
  /** How many filters are set. */
  count: number;
  children: ReactNode;
}

/** The filters of a list: in a row, or behind a button where a row of them would hide the list. */
export function FilterBar({ label, count, children }: Props) {
  const { t } = useTranslation();
  const isNarrow = useIsNarrow();
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <div role="search" aria-label={label}>
      {isNarrow && (
        <div className="filters">
          <Button aria-expanded={isOpen} aria-controls={isOpen ? id : undefined} onPress={() => setOpen(!isOpen)}>
            <SlidersHorizontal aria-hidden size={16} />
            {count === 0 ? t('filterBar.none') : t('filterBar.some', { count })}
          </Button>
        </div>
      )}
      {(!isNarrow || isOpen) && (
        <div id={id} className="filters">
          {children}
        </div>
      )}
    </div>
  );
}
