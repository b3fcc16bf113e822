import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { graphql } from '../../gql';
import { useTenant } from '../../tenant/tenant';
import { OWN_ZONE } from '../../time/formats';
import { Loaded } from '../../ui/Loaded';
import { Panel } from '../../ui/Panel';
import { Calendar } from './Calendar';

const CALENDAR = graphql(`
  query RunCalendar($tenantId: ID!, $timeZone: TimeZone!) {
    tenant(id: $tenantId) {
      id
      runCalendar(days: 90, timeZone: $timeZone) {
        date
        succeeded
        partial
        failed
        notRun
      }
    }
  }
`);

/** How the runs of the last 90 days went, day by day, by one's own midnights. */
export function RunHistory() {
  const { t } = useTranslation('dashboard');
  const { id } = useTenant();
  const query = useQuery({ query: CALENDAR, variables: { tenantId: id, timeZone: OWN_ZONE } });
  return (
    <Panel title={t('calendar.title')}>
      <Loaded query={query} skeleton={<span className="skeleton-line history-outline" aria-hidden />}>
        {({ tenant }) => tenant != null && <Calendar days={tenant.runCalendar} />}
      </Loaded>
    </Panel>
  );
}
