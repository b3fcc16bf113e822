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

/** A page: its heading gets the focus when one comes here from another, as a new document would. */
export function Page({ title, beside, actions, lead, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  const came = useRef(pathname);
  useEffect(() => {
    document.title = `${title} · TenantAtlas`;
  }, [title]);
  useEffect(() => {
    const isFirst = document.activeElement === null || document.activeElement === document.body;
    if (isFirst || came.current !== pathname) {
      heading.current?.focus({ preventScroll: true });
    }
    came.current = pathname;
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
