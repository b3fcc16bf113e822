import { BookOpenCheck, Pencil, Play, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useMay, useTenant } from '../../tenant/tenant';
import { useRunRequests } from '../../tenant/useRunRequests';
import { ActionMenu } from '../../ui/ActionMenu';
import { Button, LinkButton } from '../../ui/Button';
import { DeleteSchedule } from './DeleteSchedule';

interface Props {
  schedule: { id: string; name: string; revision: number; activeRun?: { id: string } | null };
  size?: 'usual' | 'small';
  onDeleted?: () => void;
}

/** What the caller may do with a schedule. */
export function ScheduleActions({ schedule, size = 'usual', onDeleted }: Props) {
  const { t } = useTranslation('schedules');
  const may = useMay();
  const at = `/tenants/${useTenant().id}`;
  const navigate = useNavigate();
  const { start, isPending } = useRunRequests();
  const [isDeleting, setDeleting] = useState(false);
  const { id, name, activeRun } = schedule;

  const readAll = { id: 'all', text: t('runAll'), icon: BookOpenCheck, onAction: () => void start(id, true) };
  const edit = { id: 'edit', text: t('editAction'), icon: Pencil, onAction: () => void navigate(`${at}/schedules/${id}/edit`) };
  const remove = { id: 'delete', text: t('delete.open'), icon: Trash2, onAction: () => setDeleting(true) };
  const actions = [
    ...(may('START_RUN') && activeRun == null ? [readAll] : []),
    ...(may('MANAGE_SCHEDULES') ? [edit, remove] : []),
  ];
  return (
    <div className="schedule-actions">
      {activeRun != null ? (
        <LinkButton size={size} to={`${at}/runs/${activeRun.id}`}>
          {t('showRun')}
        </LinkButton>
      ) : (
        may('START_RUN') && (
          <Button
            size={size}
            weight={size === 'small' ? 'secondary' : 'primary'}
            aria-label={t('runNowOf', { name })}
            isPending={isPending}
            onPress={() => void start(id, false)}
          >
            <Play aria-hidden size={16} />
            {t('runNow')}
          </Button>
        )
      )}
      {actions.length > 0 && <ActionMenu label={t('actionsOf', { name })} actions={actions} />}
      <DeleteSchedule schedule={schedule} isOpen={isDeleting} onClose={() => setDeleting(false)} onDeleted={() => onDeleted?.()} />
    </div>
  );
}
