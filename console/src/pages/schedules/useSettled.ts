import { useEffect, useState } from 'react';

/** How long something has to stay as it is before it is asked about. */
const PAUSE = 300;

/** A value, once it has not changed for a moment. It has to keep its identity until it does. */
export function useSettled<Value>(value: Value): Value {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), PAUSE);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
