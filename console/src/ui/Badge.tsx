import type { LucideIcon } from 'lucide-react';

export type Tone = 'good' | 'warning' | 'bad' | 'active' | 'neutral';

interface Props {
  tone: Tone;
  icon?: LucideIcon;
  children: string;
}

/** A state in a word. Its colour never says what the word does not. */
export function Badge({ tone, icon: Icon, children }: Props) {
  return (
    <span className={`badge badge-${tone}`}>
      {Icon !== undefined && <Icon aria-hidden size={14} />}
      {children}
    </span>
  );
}
