import { NativeSelect, Text } from '@mantine/core';
import { IconWorld } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { useLanguage } from '@/shared/i18n';
import { Failure } from './Screen';
import { deviceZone, useVisit } from './session';
import { zoneName } from './slots';
import { pickZone, zonesFor } from './zonePick';
import classes from './visit.module.css';

/** Which clock the times are told by; the customer's reminders follow it. */
export function ZonePicker() {
  const { t } = useTranslation('visit');
  const { intl } = useLanguage();
  const { visit, setVisit } = useVisit();
  const zone = visit.customer.time_zone;
  const { near, all } = useMemo(() => zonesFor(zone, deviceZone(), visit.bank.time_zone), [zone, visit.bank.time_zone]);
  const change = useMutation({
    mutationFn: (time_zone: string) => body(api.PATCH('/v1/visit', { body: { time_zone } })),
    onSuccess: (next, picked) => {
      pickZone(picked);
      setVisit(next);
    },
  });
  return (
    <div className={classes.zonePicker}>
      <NativeSelect
        label={t('slot.zoneLabel')}
        leftSection={<IconWorld size={20} stroke={1.7} aria-hidden="true" />}
        value={change.isPending ? change.variables : zone}
        disabled={change.isPending}
        onChange={(e) => change.mutate(e.currentTarget.value)}
      >
        <optgroup label={t('slot.zonesNear')}>
          {near.map((z) => <option key={z} value={z}>{zoneName(z, intl)}</option>)}
        </optgroup>
        <optgroup label={t('slot.zonesAll')}>
          {all.map((z) => <option key={z} value={z}>{z.replaceAll('_', ' ')}</option>)}
        </optgroup>
      </NativeSelect>
      <Text size="sm" c="dimmed" role="status">{t('slot.zone', { zone: zoneName(zone, intl) })}</Text>
      <Failure error={change.error} />
    </div>
  );
}
