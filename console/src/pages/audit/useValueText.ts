import { useTranslation } from 'react-i18next';
import { exactly } from '../../time/formats';
import { useKinds } from '../../words/kinds';
import { useRoleName } from '../../words/roles';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|\+00:00)$/;

/** A value of a change in words. */
export function useValueText(): (field: string, value: unknown) => string {
  const { t, i18n } = useTranslation('audit');
  const kinds = useKinds();
  const roleName = useRoleName();

  const ofText = (field: string, value: string): string => {
    if (value === '[redacted]') {
      return t('redacted');
    }
    if (field === 'role') {
      return roleName(value);
    }
    if (field === 'policyTypes') {
      return kinds.find(({ type }) => type === value)?.displayName ?? value;
    }
    if (field === 'status' && i18n.exists(`words:runStatus.${value}`)) {
      return t(`words:runStatus.${value}`, { defaultValue: value });
    }
    if (field === 'errorCode' && i18n.exists(`words:runError.${value}.title`)) {
      return `${t(`words:runError.${value}.title`, { defaultValue: value })} (${value})`;
    }
    return INSTANT.test(value) ? exactly(i18n.language, value) : value;
  };

  const text = (field: string, value: unknown): string => {
    switch (typeof value) {
      case 'string':
        return ofText(field, value);
      case 'boolean':
        return t(value ? 'yes' : 'no');
      case 'number':
        return value.toLocaleString(i18n.language);
      case 'object': {
        if (value === null) {
          return '–';
        }
        const parts = Array.isArray(value)
          ? value.map((one: unknown) => text(field, one))
          : Object.entries(value).map(([name, one]) => `${t(`field.${name}`, { defaultValue: name })}: ${text(name, one)}`);
        return parts.length === 0 ? '–' : parts.join(', ');
      }
      default:
        return '–';
    }
  };
  return text;
}
