import { CircleAlert } from 'lucide-react';

/** What was refused and belongs to no field. */
export function Refusals({ texts }: { texts: readonly string[] }) {
  if (texts.length === 0) {
    return null;
  }
  return (
    <div className="note note-bad" role="alert">
      <CircleAlert aria-hidden size={20} />
      <div>
        {texts.map((text) => (
          <p key={text}>{text}</p>
        ))}
      </div>
    </div>
  );
}
