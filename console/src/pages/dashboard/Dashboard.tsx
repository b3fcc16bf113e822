import { useTenant } from '../../tenant/tenant';
import { Loaded } from '../../ui/Loaded';
import { Page } from '../../ui/Page';
import { ConnectionStatus } from '../../words/statuses';
import { Attention } from './Attention';
import { Banners } from './Banners';
import { Counts } from './Counts';
import { useDashboard } from './dashboard';
import { LastRuns } from './LastRuns';
import { LiveRuns } from './LiveRuns';
import { NextRuns } from './NextRuns';
import { Outline } from './Outline';
import { RunHistory } from './RunHistory';
import { StorageHistory } from './StorageHistory';
import './dashboard.css';

/** A tenant at a glance: what runs, what went wrong, what comes next, how it went so far. */
export default function Dashboard() {
  const { id, name, connectionStatus } = useTenant();
  const query = useDashboard(id);
  return (
    <Page title={name} beside={<ConnectionStatus status={connectionStatus} />}>
      <div className="stack">
        <Loaded query={query} skeleton={<Outline />}>
          {({ tenant }) =>
            tenant != null && (
              <>
                <Banners tenant={tenant} />
                <Counts overview={tenant.overview} />
                <LiveRuns runs={tenant.active.nodes} />
                <Attention tenant={tenant} />
                <div className="grid">
                  <NextRuns tenant={tenant} />
                  <LastRuns runs={tenant.ended.nodes} />
                </div>
              </>
            )
          }
        </Loaded>
        <div className="grid">
          <RunHistory />
          <StorageHistory />
        </div>
      </div>
    </Page>
  );
}
