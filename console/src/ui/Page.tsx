import { useEffect, useRef, type ReactNode } from 'react';
import { useLocation } from 'react-router';

interface Props {
  title: string;
  /** What stands beside the title: a state. */
  beside?: ReactNode;
  /** What can be done here. */
  actions?: ReactNode;
  /** One line below the title. */
  lead?: ReactNode;
  children: ReactNode;
}

/** Where the page was that was shown last. */
let shownAt: string | undefined;

/** A page: its heading gets the focus when one comes here from another, as a new document would. */
export function Page({ title, beside, actions, lead, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    document.title = `${title} · TenantAtlas`;
  }, [title]);
  useEffect(() => {
    if (shownAt !== undefined && shownAt !== pathname) {
      heading.current?.focus({ preventScroll: true });
    }
    shownAt = pathname;
  }, [pathname]);
  return (
    <>
      <header className="page-head">
        <div className="page-title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {beside}
        </div>
        {actions !== undefined && <div className="actions">{actions}</div>}
        {lead !== undefined && <div className="page-lead">{lead}</div>}
      </header>
      {children}
    </>
  );
}
