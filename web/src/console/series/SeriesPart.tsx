import { Button, Group, Stack, Text } from '@mantine/core';
import { IconPlus, IconRepeat } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, body, Problem, type Schema } from '@/api';
import { ConfirmButton, EmptyState, ErrorState, LoadingState, StateBadge, TimeText, useLanguage, useProblemText } from '@/shared';
import { useAgentName } from '../frame/names';
import { useList } from '../parts/pages';
import { Section, useSay } from '../parts/parts';
import parts from '../parts/parts.module.css';
import { useMay } from '../session/roles';
import { NewSeries } from './NewSeries';
import { wallTime } from './wall';

type Series = Schema<'BookingSeries'>;

/** A customer's recurring callbacks: what is booked, new ones, and their end. */
export function SeriesPart({ customer }: { customer: Schema<'Customer'> }) {
  const { t } = useTranslation('console');
  const may = useMay();
  const [making, setMaking] = useState(false);
  const list = useList<Series>(['bookings', 'series', customer.id], (cursor) => body(api.GET('/v1/booking-series', { params: { query: { customer_id: customer.id, limit: 10, cursor } } })));
  const make = may('takeCalls') && <Button size="xs" variant="default" leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => setMaking(true)}>{t('series.new')}</Button>;
  return (
    <Section title={t('series.title')} actions={make}>
      {!list.items ? (
        list.error ? <ErrorState error={list.error} onRetry={list.refetch} withDetail /> : <LoadingState />
      ) : list.items.length === 0 ? (
        <EmptyState title={t('series.none')} icon={<IconRepeat size={24} stroke={1.6} />}>{t('series.noneText')}</EmptyState>
      ) : (
        <ul className={parts.rows} aria-label={t('series.title')}>
          {list.items.map((s) => <One key={s.id} series={s} />)}
        </ul>
      )}
      {list.more && <Button mt="sm" size="xs" variant="default" onClick={list.more} loading={list.loadingMore}>{t('more')}</Button>}
      {making && <NewSeries customer={customer} onClose={() => setMaking(false)} />}
    </Section>
  );
}

function One({ series }: { series: Series }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const may = useMay();
  const say = useSay();
  const client = useQueryClient();
  const agent = useAgentName()(series.agent_id);
  const open = series.items.some((i) => i.booking?.state === 'confirmed');
  const end = async () => {
    await api.POST('/v1/booking-series/{series_id}/cancel', { params: { path: { series_id: series.id } }, body: {} });
    say.done(t('series.ended'));
    for (const key of ['bookings', 'agenda', 'identifications', 'slots', 'capacity']) void client.invalidateQueries({ queryKey: [key] });
  };
  return (
    <li>
      <div className={parts.rowText}>
        <Text fw={560}>{t('series.every', { count: series.every_weeks })}</Text>
        <Text size="sm" c="dimmed">
          {t('series.first')} {wallTime(series.first, intl)} · {series.time_zone.replaceAll('_', ' ')} · {t('series.times', { count: series.times })}
          {series.agent_id && <> · {agent ? t('series.with', { name: `\u2068${agent}\u2069` }) : t('series.withOne')}</>}
        </Text>
        <Occurrences items={series.items} zone={series.time_zone} />
      </div>
      {open && may('changeBookings') && (
        <ConfirmButton size="xs" title={t('series.endTitle')} message={t('series.endText')} confirmLabel={t('series.end')} keepLabel={t('keep')} onConfirm={end}>{t('series.end')}</ConfirmButton>
      )}
    </li>
  );
}

/** What became of each callback; without a booking it says why. */
export function Occurrences({ items, zone }: { items: Schema<'SeriesItem'>[]; zone: string }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const text = useProblemText();
  const why = (code: string) => t(`series.why.${code as 'slot_taken'}`, { defaultValue: text(new Problem(`/problems/${code}`, code, 409)) });
  return (
    <ol className={parts.rows}>
      {items.map((i, at) => (
        <li key={i.booking?.id ?? at}>
          <Group gap="xs" className={parts.rowText}>
            {i.start ? <TimeText value={i.start} zone={zone} withZone /> : <span>{wallTime(i.wall ?? '', intl)}</span>}
            {i.booking ? <StateBadge state={i.booking.state} /> : <StateBadge state="failed">{t('series.notBooked')}</StateBadge>}
          </Group>
          {i.booking ? <Link to={`/identifications/${i.booking.identification_id}`} style={{ color: 'var(--mantine-color-anchor)' }}>{t('openCase')}</Link> : i.code && <Text size="sm">{why(i.code)}</Text>}
        </li>
      ))}
    </ol>
  );
}

/** How many of a series are booked. */
export function Made({ series }: { series: Series }) {
  const { t } = useTranslation('console');
  const booked = series.items.filter((i) => i.booking).length;
  return (
    <Stack gap="xs">
      <Text role="status">{t('series.made', { booked, count: series.items.length })}</Text>
      <Occurrences items={series.items} zone={series.time_zone} />
    </Stack>
  );
}
