import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface Props {
  icon: LucideIcon;
  /** What there is none of. */
  title: string;
  /** What to do next. */
  children?: ReactNode;
}

export function EmptyState({ icon: Icon, title, children }: Props) {
  return (
    <div className="empty">
      <Icon aria-hidden size={28} />
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}
