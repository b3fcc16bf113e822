import { Button as AriaButton, type ButtonProps } from 'react-aria-components';
import { Link, type LinkProps } from 'react-router';

export type Weight = 'primary' | 'secondary' | 'danger' | 'quiet';

interface Props extends ButtonProps {
  weight?: Weight;
  size?: 'usual' | 'small';
  className?: string;
}

const classes = (weight: Weight, size: string, more = '') => `button button-${weight} button-${size} ${more}`;

/** While `isPending` it stays focused, says so to screen readers and does nothing. */
export function Button({ weight = 'secondary', size = 'usual', className, ...props }: Props) {
  return <AriaButton {...props} className={classes(weight, size, className)} />;
}

interface LinkButtonProps extends LinkProps {
  weight?: Weight;
  size?: 'usual' | 'small';
}

/** A link that looks like a button: it leads somewhere, and changes nothing. */
export function LinkButton({ weight = 'secondary', size = 'usual', className, ...props }: LinkButtonProps) {
  return <Link {...props} className={classes(weight, size, className)} />;
}
