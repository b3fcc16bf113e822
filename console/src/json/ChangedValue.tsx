import { useTranslation } from 'react-i18next';
import { Disclosure, DisclosurePanel, Button as AriaButton, Heading } from 'react-aria-components';
import { LongText } from './LongText';
import { Scalar } from './Scalar';
import { isLong } from './texts';
import { isList, textOf, titleOf, type Json } from './value';

/** A value in a table: short ones as they are, others folded. */
export function ChangedValue({ value }: { value: Json }) {
  const { t } = useTranslation('json');
  if (typeof value === 'object' && value !== null) {
    const count = t(isList(value) ? 'elements' : 'members', { count: Object.keys(value).length });
    return <Folded text={textOf(value)} summary={titleOf(value) ?? count} />;
  }
  if (typeof value === 'string' && isLong(value)) {
    return <Folded text={value} summary={t('characters', { count: value.length })} />;
  }
  return <Scalar value={value} />;
}

function Folded({ text, summary }: { text: string; summary: string }) {
  return (
    <Disclosure className="folded">
      <Heading level={3} className="folded-head">
        <AriaButton slot="trigger" className="folded-trigger">
          {summary}
        </AriaButton>
      </Heading>
      <DisclosurePanel>
        <LongText text={text} />
      </DisclosurePanel>
    </Disclosure>
  );
}
