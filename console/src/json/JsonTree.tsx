import { ChevronRight, Lock } from 'lucide-react';
import { useDeferredValue, useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button as AriaButton, Collection, Tree, TreeItem, TreeItemContent, type Key } from 'react-aria-components';
import { Button } from '../ui/Button';
import { CopyButton } from '../ui/CopyButton';
import { Finder } from '../ui/fields';
import { branches, find, type Found } from './find';
import './json.css';
import { isLong } from './texts';
import { LongText } from './LongText';
import { Marked } from './Marked';
import { Scalar } from './Scalar';
import { holdsSealed, inside, isList, textOf, titleOf, type Json, type Place } from './value';

/** What has no more than this is shown open. */
const SMALL = 40;
/** The id of the row below a long text that shows it in full. */
const TEXT = '#text';

interface Props {
  /** What the tree shows, for screen readers. */
  label: string;
  value: Json;
}

/** A value as a tree: names, values, and long texts folded. */
export function JsonTree({ label, value }: Props) {
  const { t } = useTranslation('json');
  const [typed, type] = useState('');
  const wanted = useDeferredValue(typed.trim());
  const found = useMemo(() => (wanted === '' ? null : find(value, wanted)), [value, wanted]);
  const all = useMemo(() => branches(value), [value]);
  const [opened, setOpened] = useState<ReadonlySet<Key>>(() => new Set(all.length <= SMALL ? all : []));
  const expanded = useMemo(() => new Set([...opened, ...(found?.ways ?? [])]), [opened, found]);
  const turn = (pointer: string) => {
    const next = new Set(opened);
    if (!next.delete(pointer)) {
      next.add(pointer);
    }
    setOpened(next);
  };
  return (
    <div className="json">
      <div className="json-tools">
        <Finder label={t('search')} value={typed} onChange={type} />
        <Button size="small" onPress={() => setOpened(new Set(all))}>
          {t('openAll')}
        </Button>
        <Button size="small" onPress={() => setOpened(new Set())}>
          {t('closeAll')}
        </Button>
        <span role="status" className="quiet small">
          {found !== null && t(found.isMore ? 'foundMany' : 'found', { count: found.places.size })}
        </span>
      </div>
      {holdsSealed(value) && (
        <p className="json-sealed-note">
          <Lock aria-hidden size={14} /> {t('sealedNote')}
        </p>
      )}
      <Tree
        aria-label={label}
        className="json-tree"
        items={shown(inside(value), found)}
        expandedKeys={expanded}
        onExpandedChange={(keys) => setOpened(new Set(keys))}
        dependencies={[expanded, found]}
        renderEmptyState={() => <p className="quiet json-empty">{found === null ? t('empty') : t('nothingFound')}</p>}
      >
        {(place) => <Branch place={place} expanded={expanded} found={found} wanted={wanted} onTurn={turn} />}
      </Tree>
    </div>
  );
}

/** While one searches, only what was found, and what it holds. */
function shown(places: Place[], found: Found | null): (Place & { id: string })[] {
  const relevant = found === null ? places : places.filter(({ pointer }) => found.places.has(pointer) || found.ways.has(pointer));
  return relevant.map((place) => ({ ...place, id: place.pointer }));
}

interface BranchProps {
  place: Place;
  expanded: ReadonlySet<Key>;
  found: Found | null;
  wanted: string;
  onTurn: (pointer: string) => void;
}

function Branch({ place, expanded, found, wanted, onTurn }: BranchProps) {
  const { pointer, name, value } = place;
  const below = inside(value, pointer);
  const isText = typeof value === 'string' && isLong(value);
  const hasMore = below.length > 0 || isText;
  const isOpen = expanded.has(pointer);
  // What was found is shown with all that it holds.
  const narrowed = found?.ways.has(pointer) === true ? found : null;
  return (
    <TreeItem
      id={pointer}
      textValue={name}
      className="json-row"
      hasChildItems={hasMore}
      onAction={hasMore ? () => onTurn(pointer) : undefined}
    >
      <TreeItemContent>
        <Row place={place} hasMore={hasMore} isOpen={isOpen}>
          <Marked text={name} wanted={wanted} />
        </Row>
      </TreeItemContent>
      {isOpen && isText && (
        <TreeItem id={`${pointer}${TEXT}`} textValue={value} className="json-row">
          <TreeItemContent>
            <LongText text={value} />
          </TreeItemContent>
        </TreeItem>
      )}
      {isOpen && (
        <Collection items={shown(below, narrowed)} dependencies={[expanded, found]}>
          {(inner) => <Branch place={inner} expanded={expanded} found={narrowed} wanted={wanted} onTurn={onTurn} />}
        </Collection>
      )}
    </TreeItem>
  );
}

interface RowProps {
  place: Place;
  hasMore: boolean;
  isOpen: boolean;
  children: ReactNode;
}

function Row({ place: { pointer, name, value }, hasMore, isOpen, children }: RowProps) {
  const { t } = useTranslation('json');
  const title = titleOf(value);
  return (
    <>
      {hasMore ? (
        <AriaButton slot="chevron" className="json-chevron">
          <ChevronRight aria-hidden size={14} />
        </AriaButton>
      ) : (
        <span className="json-chevron" />
      )}
      <span className="json-name">{children}</span>
      {typeof value === 'object' && value !== null ? (
        <span className="quiet json-value">
          {!isOpen && title !== null && <>{title} · </>}
          {t(isList(value) ? 'elements' : 'members', { count: Object.keys(value).length })}
        </span>
      ) : (
        <Scalar value={value} isShort={isOpen} />
      )}
      <span className="json-copies">
        <CopyButton label={t('copyPath', { name })} text={pointer} />
        <CopyButton label={t('copyValue', { name })} text={typeof value === 'string' ? value : textOf(value)} />
      </span>
    </>
  );
}
