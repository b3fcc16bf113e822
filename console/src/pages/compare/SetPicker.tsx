import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { graphql } from '../../gql';
import type { NamedSetFragment } from '../../gql/graphql';
import { exactly } from '../../time/formats';
import { Choice } from '../../ui/fields';

/** Older or deleted ones are not in the list, but may be in the address. */
const ONE = graphql(`
  query SetToCompare($id: ID!) {
    backupSet(id: $id) {
      ...NamedSet
    }
  }
`);

const NONE = '';

interface Props {
  label: string;
  sets: readonly NamedSetFragment[];
  chosen: string | null;
  onChoose: (chosen: string) => void;
}

/** A backup set by its date and schedule. */
export function SetPicker({ label, sets, chosen, onChoose }: Props) {
  const { t, i18n } = useTranslation('compare');
  const isListed = chosen === null || sets.some(({ id }) => id === chosen);
  const [{ data }] = useQuery({ query: ONE, variables: { id: chosen ?? '' }, pause: isListed });
  const further = isListed || data?.backupSet == null ? [] : [data.backupSet];
  const textOf = ({ createdAt, schedule, isComplete }: NamedSetFragment) =>
    [exactly(i18n.language, createdAt), schedule.name, ...(isComplete ? [] : [t('incomplete')])].join(' · ');
  return (
    <Choice
      label={label}
      value={chosen ?? NONE}
      options={[
        ...(chosen === null ? [{ value: NONE, text: t('choose') }] : []),
        ...further.map((set) => ({ value: set.id, text: textOf(set) })),
        ...sets.map((set) => ({ value: set.id, text: textOf(set) })),
      ]}
      onChange={onChoose}
    />
  );
}
