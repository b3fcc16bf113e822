import { useTranslation } from 'react-i18next';
import type { MicrosoftCloud } from '../gql/graphql';

export const CLOUDS: readonly MicrosoftCloud[] = ['GLOBAL', 'US_GOVERNMENT', 'US_GOVERNMENT_DOD', 'CHINA'];

export function useCloudName(): (cloud: string) => string {
  const { t } = useTranslation('words');
  return (cloud) => {
    const known = CLOUDS.find((one) => one === cloud);
    return known === undefined ? cloud : t(`cloud.${known}`);
  };
}
