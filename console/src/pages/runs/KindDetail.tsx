import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { graphql } from '../../gql';
import type { PolicyType } from '../../gql/graphql';
import { Facts } from '../../ui/Facts';
import { Loaded } from '../../ui/Loaded';
import { Skeleton } from '../../ui/Skeleton';
import { RunErrorNote } from '../../words/RunErrorNote';
import { useRunErrorName } from '../../words/runs';
import { CredentialLink } from './CredentialLink';
import type { KindResult } from './run';

/** Costs a quarter of what a request may cost, so it is asked for when it is looked at. */
const FAILURES = graphql(`
  query RunFailures($id: ID!) {
    backupScheduleRun(id: $id) {
      id
      policyTypeResults {
        policyType
        failures {
          policyGraphId
          name
          errorCode
          errorMessage
        }
      }
    }
  }
`);

function Failures({ runId, kind, count }: { runId: string; kind: PolicyType; count: number }) {
  const { t } = useTranslation('runs');
  const errorName = useRunErrorName();
  const query = useQuery({ query: FAILURES, variables: { id: runId } });
  return (
    <div className="kind-failures">
      <h3>{t('failures', { count })}</h3>
      <Loaded query={query} skeleton={<Skeleton lines={3} />}>
        {({ backupScheduleRun }) => {
          const found = backupScheduleRun?.policyTypeResults.find(({ policyType }) => policyType === kind)?.failures ?? [];
          return (
            <>
              <ul>
                {found.map(({ policyGraphId, name, errorCode, errorMessage }, index) => (
                  <li key={policyGraphId ?? index}>
                    <strong>{name}</strong> <span>{errorName(errorCode)}</span>
                    <span className="quiet small" lang="en">
                      {errorMessage}
                    </span>
                  </li>
                ))}
              </ul>
              {found.length < count && <p className="quiet">{t('moreFailures', { count: count - found.length })}</p>}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

/** All that is known of one kind in a run. */
export function KindDetail({ runId, result }: { runId: string; result: KindResult }) {
  const { t, i18n } = useTranslation('runs');
  const number = (value: number) => value.toLocaleString(i18n.language);
  const { policyType, status, errorCode, errorMessage, failedPolicyCount } = result;
  return (
    <div className="stack">
      {errorCode != null && (
        <RunErrorNote code={errorCode} message={errorMessage}>
          <CredentialLink code={errorCode} />
        </RunErrorNote>
      )}
      {status === 'NOT_AVAILABLE' && <p>{t('notAvailable')}</p>}
      <Facts
        facts={[
          [t('reused'), number(result.reusedItemCount)],
          [t('vanished'), number(result.vanishedPolicyCount)],
          [t('requests'), number(result.graphRequestCount)],
        ]}
      />
      {failedPolicyCount > 0 && <Failures runId={runId} kind={policyType} count={failedPolicyCount} />}
    </div>
  );
}
