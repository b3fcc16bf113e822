import { Download } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { JsonTree } from '../../json/JsonTree';
import { textOf, type Json } from '../../json/value';
import { Button } from '../../ui/Button';
import { Loaded } from '../../ui/Loaded';
import { Panel } from '../../ui/Panel';
import { saveFile } from '../../ui/saveFile';
import { Skeleton } from '../../ui/Skeleton';
import { Tabbed } from '../../ui/Tabbed';
import { Assignments } from './Assignments';
import type { BackupItem } from './Item';
import { CONTENT } from './itemDocuments';
import { References } from './References';

const RawJson = lazy(async () => ({ default: (await import('../../json/RawJson')).RawJson }));

/** What no file's name may hold on some system. */
const UNSAFE = /[\\/:*?"<>|\p{Cc}]+/gu;

/** The policy as Graph returned it, and whom it is assigned to. */
export function ItemContent({ item }: { item: BackupItem }) {
  const query = useQuery({ query: CONTENT, variables: { id: item.id }, requestPolicy: 'cache-first' });
  return (
    <Loaded query={query} skeleton={<Skeleton lines={12} />}>
      {({ node }) =>
        node != null &&
        'payload' in node && (
          <>
            {node.payload !== null && <Payload item={item} payload={node.payload as Json} />}
            <div className="grid">
              <Assignments item={item} assignments={(node.assignments ?? null) as Json} />
              <References item={item} />
            </div>
          </>
        )
      }
    </Loaded>
  );
}

function Payload({ item, payload }: { item: BackupItem; payload: Json }) {
  const { t } = useTranslation('sets');
  const text = textOf(payload);
  const label = t('contentOf', { name: item.name });
  const save = () => {
    saveFile(`${item.name.replaceAll(UNSAFE, '_')}.json`, new Blob([text], { type: 'application/json' }));
  };
  return (
    <Panel
      title={t('content')}
      beside={
        <Button size="small" onPress={save}>
          <Download aria-hidden size={14} />
          {t('downloadItem')}
        </Button>
      }
    >
      <Tabbed
        label={t('views')}
        name="view"
        tabs={[
          { id: 'tree', title: t('tree'), content: <JsonTree label={label} value={payload} /> },
          {
            id: 'raw',
            title: t('raw'),
            content: (
              <Suspense fallback={<Skeleton lines={12} />}>
                <RawJson label={label} text={text} />
              </Suspense>
            ),
          },
        ]}
      />
    </Panel>
  );
}
