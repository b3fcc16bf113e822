import { CopyButton } from './CopyButton';

/** A text for machines, such as a hash, with the button that copies it. */
export function Copyable({ label, text }: { label: string; text: string }) {
  return (
    <span className="copyable">
      <code>{text}</code>
      <CopyButton label={label} text={text} />
    </span>
  );
}
