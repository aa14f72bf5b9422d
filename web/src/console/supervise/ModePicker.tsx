import { SegmentedControl, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { GuestMode } from './party';

export const modes: GuestMode[] = ['watch', 'whisper', 'join'];

/** How a supervisor takes part, and what each means; `told` says what the customer sees of it. */
export function ModePicker({ mode, onChange, busy, told }: { mode: GuestMode; onChange: (mode: GuestMode) => void; busy: boolean; told: string }) {
  const { t } = useTranslation('console');
  return (
    <Stack gap={4}>
      <SegmentedControl
        fullWidth
        value={mode}
        disabled={busy}
        onChange={(v) => onChange(v as GuestMode)}
        aria-label={t('supervise.mode')}
        data={modes.map((value) => ({ value, label: t(`supervise.modes.${value}`) }))}
      />
      <Text size="sm" role="status">
        <VisuallyHidden>{t(`supervise.modes.${mode}`)}: </VisuallyHidden>
        {t(`supervise.means.${mode}`)} {told}
      </Text>
    </Stack>
  );
}
