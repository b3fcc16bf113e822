import { Outlet, type RouteObject } from 'react-router';
import { TenantShell } from '../tenant/TenantShell';
import { Skeleton } from '../ui/Skeleton';
import { missing, type LoadPage } from './missing';
import { AllBroken, Broken, NotFound } from './pages';
import { RequireSession } from './RequireSession';
import { Shell } from './Shell';


/** A page whose code comes when it is first gone to. */
function page(path: string, load: LoadPage): RouteObject {
  return {
    path,
    ErrorBoundary: Broken,
    lazy: () => load().then(({ default: Component }) => ({ Component }), (cause: unknown) => ({ Component: missing(load, cause) })),
  };
}

function Plain() {
  return (
    <main id="content" className="content">
      <Outlet />
    </main>
  );
}

/** While the code of the first page is on its way. */
function FirstOutline() {
  return (
    <main id="content" className="content">
      <Skeleton />
    </main>
  );
}

export const ROUTES: RouteObject[] = [
  {
    ErrorBoundary: AllBroken,
    HydrateFallback: FirstOutline,
    children: [
      { ...page('/sign-in', () => import('../pages/signin/SignIn')), ErrorBoundary: AllBroken },
      { ...page('/callback', () => import('../pages/signin/Callback')), ErrorBoundary: AllBroken },
      { ...page('/signed-in', () => import('../pages/signin/HandOver')), ErrorBoundary: AllBroken },
      {
        element: (
          <RequireSession>
            <Shell />
          </RequireSession>
        ),
        children: [
          {
            element: <Plain />,
            children: [
              page('/', () => import('../pages/overview/Overview')),
              page('/tenants/new', () => import('../pages/overview/NewTenant')),
              page('/notifications', () => import('../pages/notifications/Notifications')),
              { path: '*', element: <NotFound /> },
            ],
          },
          {
            path: '/tenants/:tenantId',
            element: <TenantShell />,
            children: [
              page('', () => import('../pages/dashboard/Dashboard')),
              page('schedules', () => import('../pages/schedules/Schedules')),
              page('schedules/new', () => import('../pages/schedules/NewSchedule')),
              page('schedules/:scheduleId', () => import('../pages/schedules/Schedule')),
              page('schedules/:scheduleId/edit', () => import('../pages/schedules/EditSchedule')),
              page('runs', () => import('../pages/runs/Runs')),
              page('runs/:runId', () => import('../pages/runs/Run')),
              page('sets', () => import('../pages/sets/Sets')),
              page('sets/:setId', () => import('../pages/sets/Set')),
              page('sets/:setId/items/:itemId', () => import('../pages/sets/Item')),
              page('compare', () => import('../pages/compare/Compare')),
              page('policies', () => import('../pages/policies/Policies')),
              page('policies/:policyId', () => import('../pages/policies/Policy')),
              page('audit', () => import('../pages/audit/Audit')),
              page('members', () => import('../pages/members/Members')),
              page('tokens', () => import('../pages/tokens/Tokens')),
              page('credential', () => import('../pages/credential/Credential')),
              page('settings', () => import('../pages/settings/Settings')),
              { path: '*', element: <NotFound /> },
            ],
          },
        ],
      },
    ],
  },
];
