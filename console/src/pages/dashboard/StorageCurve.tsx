import { useTranslation } from 'react-i18next';
import { CartesianGrid, Legend, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { day as dayName } from '../../time/formats';
import { bytes } from '../../ui/bytes';
import type { StorageDay } from './StorageHistory';

interface Props {
  days: readonly StorageDay[];
  /** What the curve says, for those who do not see it. */
  label: string;
}

const FEW = 14;

const SHORT: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', timeZone: 'UTC' };

export function StorageCurve({ days, label }: Props) {
  const { t, i18n } = useTranslation('dashboard');
  const points = days.map(({ date, storedBytes, logicalBytes }) => ({
    date,
    stored: Number(storedBytes),
    logical: Number(logicalBytes),
  }));
  // A line between so few points that each of them counts.
  const hasFew = points.length <= FEW;
  const size = (value: number) => bytes(i18n.language, value);
  return (
    <div role="img" aria-label={label} className="curve">
      <ResponsiveContainer width="100%" height="100%">
        <LineChart data={points} accessibilityLayer={false} margin={{ top: 8, right: 12, bottom: 0, left: 0 }}>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis
            dataKey="date"
            tickFormatter={(date: string) =>
              new Intl.DateTimeFormat(i18n.language, SHORT).format(new Date(`${date}T00:00:00Z`))
            }
            minTickGap={28}
            stroke="var(--edge)"
            tick={{ fill: 'var(--quiet)', fontSize: 12 }}
          />
          <YAxis tickFormatter={size} width={68} stroke="var(--edge)" tick={{ fill: 'var(--quiet)', fontSize: 12 }} />
          <Tooltip
            formatter={(value) => size(Number(value))}
            labelFormatter={(date) => (typeof date === 'string' ? dayName(i18n.language, date) : '')}
            contentStyle={{ background: 'var(--raised)', borderColor: 'var(--line)', borderRadius: 6 }}
          />
          <Legend iconType="plainline" />
          <Line
            dataKey="stored"
            name={t('storage.stored')}
            type="linear"
            stroke="var(--accent)"
            strokeWidth={2.5}
            dot={hasFew && { strokeDasharray: '0' }}
            isAnimationActive={false}
          />
          <Line
            dataKey="logical"
            name={t('storage.logical')}
            type="linear"
            stroke="var(--active)"
            strokeWidth={2}
            strokeDasharray="5 4"
            dot={hasFew && { strokeDasharray: '0' }}
            isAnimationActive={false}
          />
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}
