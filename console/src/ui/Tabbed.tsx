import type { ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useSearchParams } from 'react-router';
import '../styles/tabs.css';

interface Props {
  /** What the views are of, for screen readers. */
  label: string;
  /** Where the address holds the chosen one; the first is not in it. */
  name: string;
  tabs: readonly { id: string; title: string; content: ReactNode }[];
}

/** Several views of the same thing. */
export function Tabbed({ label, name, tabs }: Props) {
  const [search, setSearch] = useSearchParams();
  const [first] = tabs;
  const chosen = tabs.find(({ id }) => id === search.get(name)) ?? first;
  const choose = (id: string) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        next.delete(name);
        if (id !== first?.id) {
          next.set(name, id);
        }
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  return (
    <Tabs className="tabs" selectedKey={chosen?.id} onSelectionChange={(key) => choose(String(key))}>
      <TabList className="tab-list" aria-label={label}>
        {tabs.map(({ id, title }) => (
          <Tab key={id} id={id} className="tab">
            {title}
          </Tab>
        ))}
      </TabList>
      {tabs.map(({ id, content }) => (
        <TabPanel key={id} id={id} className="tab-panel">
          {content}
        </TabPanel>
      ))}
    </Tabs>
  );
}
