import { Button, Text } from '@mantine/core';
import { IconBellPlus, IconCalendarPlus, IconPhoneCall } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { ConfirmButton } from '@/shared/components/ConfirmButton';
import { Failure } from './Screen';
import { offerOf } from './Offer';
import { useVisit } from './session';
import classes from './visit.module.css';

/** The waitlist: to be told when an earlier time becomes free, and to wait no more. */
export function WaitFor({ onLook }: { onLook: () => void }) {
  const { t } = useTranslation('visit');
  const { visit, setVisit } = useVisit();
  const { waitlist } = visit;
  const enter = useMutation({
    mutationFn: () => body(api.POST('/v1/waitlist', { params: { query: { as: 'customer' } }, body: {} })),
    onSuccess: (entry) => setVisit({ ...visit, waitlist: entry }),
  });
  if (offerOf(waitlist)) {
    return (
      <div className={classes.hold}>
        <IconCalendarPlus size={22} aria-hidden="true" />
        <div className={classes.holdText}>
          <Text fw={600} role="status">{t('offer.there')}</Text>
          <Button variant="light" mt="xs" onClick={onLook}>{t('offer.look')}</Button>
        </div>
      </div>
    );
  }
  if (waitlist?.state === 'waiting') {
    return (
      <div className={classes.note}>
        <IconBellPlus size={22} aria-hidden="true" />
        <div>
          <Text role="status">{t('wait.on')}</Text>
          <ConfirmButton
            variant="subtle"
            color="gray"
            size="sm"
            h={44}
            px={0}
            title={t('wait.stopTitle')}
            message={t('wait.stopText')}
            confirmLabel={t('wait.stop')}
            onConfirm={async () => {
              await api.DELETE('/v1/waitlist/{waitlist_entry_id}', { params: { path: { waitlist_entry_id: waitlist.id }, query: { as: 'customer' } } });
              setVisit({ ...visit, waitlist: undefined });
            }}
          >
            {t('wait.stop')}
          </ConfirmButton>
        </div>
      </div>
    );
  }
  return (
    <div className={classes.actions}>
      <Failure error={enter.error} />
      <Button variant="default" leftSection={<IconBellPlus size={20} aria-hidden="true" />} loading={enter.isPending} onClick={() => enter.mutate()} classNames={{ label: classes.wrap }}>
        {t('wait.tell')}
      </Button>
    </div>
  );
}

/** While the wait is short: that one need not book at all. */
export function CallNow() {
  const { t } = useTranslation('visit');
  const { visit, goTo } = useVisit();
  if (!visit.call_now) return null;
  const minutes = Math.max(1, Math.round(visit.call_now.estimated_wait_seconds / 60));
  return (
    <div className={classes.hold} data-now>
      <IconPhoneCall size={22} aria-hidden="true" />
      <div className={classes.holdText}>
        <Text fw={600} role="status">{visit.call_now.estimated_wait_seconds < 30 ? t('callNow.free') : t('callNow.short', { count: minutes })}</Text>
        <Button variant="filled" mt="xs" onClick={() => goTo('prepare')}>{t('callNow.call')}</Button>
      </div>
    </div>
  );
}
