import { Button, Select, Stack, Text } from '@mantine/core';
import { IconHourglass } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useQueryClient } from '@tanstack/react-query';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, Countdown, EmptyState, StateBadge, TimeText } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { onOurClock } from '../frame/serverClock';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import { useSay } from '../parts/parts';
import parts from '../parts/parts.module.css';
import { useMay } from '../session/roles';

type Entry = Schema<'WaitlistEntry'>;
const states = ['waiting', 'offered', 'booked', 'left', 'expired'] as const;

/** Who waits for a time to become free, and whom one is offered just now. */
export function WaitlistPage() {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const may = useMay();
  const say = useSay();
  const client = useQueryClient();
  const [state, setState] = useState<Entry['state'] | null>(null);
  const list = useList<Entry>(['waitlist', 'list', state], (cursor) => body(api.GET('/v1/waitlist', { params: { query: { state: state ?? undefined, limit: 50, cursor } } })));
  const leave = async (id: string) => {
    await api.DELETE('/v1/waitlist/{waitlist_entry_id}', { params: { path: { waitlist_entry_id: id }, query: { as: 'agent' } } });
    say.done(t('waitlist.left'));
    void client.invalidateQueries({ queryKey: ['waitlist'] });
  };
  return (
    <ConsolePage title={t('waitlist.title')} actions={<Button component={Link} to="/agenda" variant="default" size="xs">{t('waitlist.toAgenda')}</Button>}>
      <Stack>
        <Text c="dimmed">{t('waitlist.help')}</Text>
        <div className={parts.filters} role="search">
          <Select label={t('word.state')} clearable clearButtonProps={{ 'aria-label': common('action.clear') }} placeholder={t('all')} value={state} onChange={(v) => setState(v as Entry['state'] | null)} data={states.map((value) => ({ value, label: common(`state.${value}`) }))} />
        </div>
        <ListTable
          label={t('waitlist.title')}
          list={list}
          to={(e) => `/identifications/${e.identification_id}`}
          columns={[
            { key: 'customer', title: t('word.customer'), render: (e) => <bdi>{e.customer_name ?? t('agenda.someone')}</bdi> },
            { key: 'state', title: t('word.state'), render: (e) => <StateBadge state={e.state} /> },
            {
              key: 'times',
              title: t('waitlist.times'),
              render: (e) =>
                e.offer ? (
                  <>
                    {t('waitlist.offered')} <TimeText value={e.offer.start} format="short" />
                    {e.state === 'offered' && <Text size="sm" c="dimmed">{t('waitlist.until')} <Countdown to={onOurClock(e.offer.until)} /></Text>}
                  </>
                ) : (
                  <><TimeText value={e.from} format="short" /> – <TimeText value={e.to} format="short" /></>
                ),
            },
            { key: 'since', title: t('waitlist.since'), wide: true, render: (e) => <TimeText value={e.entered_at} format="short" /> },
            {
              key: 'deeds',
              title: t('waitlist.deeds'),
              render: (e) =>
                may('takeCalls') && (e.state === 'waiting' || e.state === 'offered') && (
                  <ConfirmButton size="xs" title={t('waitlist.leaveTitle')} message={t('waitlist.leaveText')} confirmLabel={t('waitlist.leave')} keepLabel={t('keep')} onConfirm={() => leave(e.id)}>{t('waitlist.leave')}</ConfirmButton>
                ),
            },
          ]}
          empty={<EmptyState title={t('waitlist.none')} icon={<IconHourglass size={24} stroke={1.6} />}>{t('waitlist.noneText')}</EmptyState>}
        />
      </Stack>
    </ConsolePage>
  );
}
