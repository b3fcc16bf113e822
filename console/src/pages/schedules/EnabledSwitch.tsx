import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../tenant/tenant';
import { Badge } from '../../ui/Badge';
import { Switch } from '../../ui/fields';
import { useEnabling } from './useEnabling';

interface Props {
  schedule: { id: string; name: string; enabled: boolean };
}

/** Whether a schedule fires, and for those who may, the switch for it. */
export function EnabledSwitch({ schedule }: Props) {
  const { t } = useTranslation('schedules');
  const may = useMay();
  const turn = useEnabling();
  const [isTurning, setTurning] = useState(false);
  const text = t(schedule.enabled ? 'enabled' : 'disabled');
  if (!may('MANAGE_SCHEDULES')) {
    return <Badge tone={schedule.enabled ? 'good' : 'neutral'}>{text}</Badge>;
  }
  return (
    <Switch
      aria-label={t('enabledOf', { name: schedule.name, state: text })}
      isSelected={schedule.enabled}
      isDisabled={isTurning}
      onChange={async (enabled) => {
        setTurning(true);
        await turn(schedule, enabled);
        setTurning(false);
      }}
    >
      {text}
    </Switch>
  );
}
