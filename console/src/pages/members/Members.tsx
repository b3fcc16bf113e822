import { LogOut, UserMinus, UserPlus, UserRoundCog, Users } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { Permitted } from '../../tenant/Permitted';
import { useMay, useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { ActionMenu, type MenuAction } from '../../ui/ActionMenu';
import { Button } from '../../ui/Button';
import { Choices } from '../../ui/Choices';
import type { Column } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Finder } from '../../ui/fields';
import { Loaded } from '../../ui/Loaded';
import { Page } from '../../ui/Page';
import { Paged } from '../../ui/Paged';
import { usePage } from '../../ui/Pager';
import { useFilters } from '../../ui/useFilters';
import { useSearchText } from '../../ui/useSearchText';
import { useSort } from '../../ui/useSort';
import { useActorName } from '../../words/actors';
import { ROLES, useRoleName } from '../../words/roles';
import { AddMember } from './AddMember';
import { ChangeRole } from './ChangeRole';
import { MEMBERS, type Member } from './documents';
import { RemoveMember } from './RemoveMember';

type Open = { kind: 'add' } | { kind: 'change' | 'remove'; member: Member } | null;

const FIELDS = ['NAME', 'ROLE', 'CREATED_AT'] as const;

function List() {
  const { t } = useTranslation('members');
  const { id } = useTenant();
  const may = useMay();
  const roleName = useRoleName();
  const actorName = useActorName();
  const filters = useFilters();
  const page = usePage();
  const [search, typed, type] = useSearchText();
  const [sort, setSort] = useSort(FIELDS, { by: 'NAME', direction: 'ASC' });
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const roles = filters.many('roles', ROLES);
  const query = useQuery({
    query: MEMBERS,
    variables: {
      id,
      filter: { search: search === '' ? undefined : search, roles: roles.length === 0 ? undefined : roles },
      orderBy: { field: sort.by, direction: sort.direction },
      ...page,
    },
  });
  const self = query[0].data?.viewer.user?.id;
  const mayManage = may('MANAGE_MEMBERS');

  const actionsOn = (member: Member): MenuAction[] => {
    const isSelf = member.user.id === self;
    const change: MenuAction = {
      id: 'change',
      text: t('change.open'),
      icon: UserRoundCog,
      onAction: () => setOpen({ kind: 'change', member }),
    };
    const remove: MenuAction = {
      id: 'remove',
      text: t(isSelf ? 'leave.open' : 'remove.open'),
      icon: isSelf ? LogOut : UserMinus,
      onAction: () => setOpen({ kind: 'remove', member }),
    };
    return [...(mayManage ? [change] : []), ...(mayManage || isSelf ? [remove] : [])];
  };

  const columns: Column<Member>[] = [
    {
      key: 'NAME',
      title: t('name'),
      heads: true,
      sortable: true,
      cell: ({ user }) => (
        <span>
          {user.displayName}
          {user.id === self && <span className="quiet"> {t('you')}</span>}
        </span>
      ),
    },
    { key: 'email', title: t('email'), cell: ({ user }) => user.email ?? <span className="quiet">{t('noEmail')}</span> },
    { key: 'ROLE', title: t('role'), sortable: true, cell: ({ role }) => <span className="whole">{roleName(role)}</span> },
    { key: 'CREATED_AT', title: t('since'), sortable: true, cell: ({ createdAt }) => <Moment instant={createdAt} /> },
    { key: 'addedBy', title: t('addedBy'), cell: ({ addedBy }) => actorName(addedBy) },
    {
      key: 'actions',
      title: t('actions'),
      align: 'end',
      cell: (member) => {
        const actions = actionsOn(member);
        return actions.length > 0 && <ActionMenu label={t('actionsOn', { name: member.user.displayName })} actions={actions} />;
      },
    },
  ];

  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        mayManage && (
          <Button weight="primary" onPress={() => setOpen({ kind: 'add' })}>
            <UserPlus aria-hidden size={18} />
            {t('add.open')}
          </Button>
        )
      }
    >
      <div className="filters">
        <Finder label={t('search')} value={typed} onChange={type} />
        <Choices
          label={t('role')}
          none={t('allRoles')}
          several={(count) => t('roles', { count })}
          values={roles}
          options={ROLES.map((value) => ({ value, text: roleName(value) }))}
          onChange={(chosen) => filters.set({ roles: chosen })}
        />
      </div>
      <Loaded query={query}>
        {({ tenant }) => (
          <Paged
            connection={tenant?.members}
            label={t('title')}
            columns={columns}
            sort={sort}
            onSort={setSort}
            empty={
              <EmptyState icon={Users} title={t('empty.title')}>
                <Button onPress={() => filters.set({ search: null, roles: null })}>{t('empty.clear')}</Button>
              </EmptyState>
            }
          />
        )}
      </Loaded>
      {open?.kind === 'add' && <AddMember onClose={close} />}
      {open?.kind === 'change' && <ChangeRole member={open.member} isSelf={open.member.user.id === self} onClose={close} />}
      {open?.kind === 'remove' && <RemoveMember member={open.member} isSelf={open.member.user.id === self} onClose={close} />}
    </Page>
  );
}

export default function Members() {
  const { t } = useTranslation('members');
  return (
    <Permitted needs="READ_MEMBERS" title={t('title')}>
      <List />
    </Permitted>
  );
}
