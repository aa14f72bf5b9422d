import { Button, Select } from '@mantine/core';
import { IconPlus, IconSpeakerphone } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { api, body } from '@/api';
import { EmptyState, StateBadge, TimeText } from '@/shared';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import parts from '../parts/parts.module.css';
import { useMay } from '../session/roles';
import { TelephonePage } from '../telephone/TelephonePage';
import type { Campaign } from './form';
import { states, toneOfState } from './words';

/** Lists of people who are called with a flow, and how far each is. */
export function CampaignsPage() {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const may = useMay();
  const [params, setParams] = useSearchParams();
  const state = states.find((s) => s === params.get('state'));
  const list = useList<Campaign>(['campaigns', 'list', state], (cursor) => body(api.GET('/v1/campaigns', { params: { query: { state, limit: 50, cursor } } })));
  const make = may('runCampaigns') && <Button component={Link} to="/telephone/campaigns/new" leftSection={<IconPlus size={18} aria-hidden="true" />}>{t('campaigns.new')}</Button>;
  return (
    <TelephonePage actions={make}>
      <div className={parts.filters} role="search">
        <Select label={c('word.state')} placeholder={c('all')} clearable value={state ?? null} onChange={(v) => setParams(v ? { state: v } : {}, { replace: true })} data={states.map((value) => ({ value, label: t(`campaignState.${value}`) }))} />
      </div>
      <ListTable
        label={t('tab.campaigns')}
        list={list}
        to={(x) => `/telephone/campaigns/${x.id}`}
        columns={[
          { key: 'name', title: c('word.name'), render: (x) => <bdi>{x.name}</bdi> },
          { key: 'state', title: c('word.state'), render: (x) => <StateBadge state={x.state} tone={toneOfState(x.state)}>{t(`campaignState.${x.state}`)}</StateBadge> },
          { key: 'flow', title: t('flow'), wide: true, render: (x) => <bdi>{x.flow}</bdi> },
          { key: 'class', title: c('messages.class'), wide: true, render: (x) => c(`messageClass.${x.class}`) },
          { key: 'start', title: t('campaigns.started'), wide: true, render: (x) => (x.started_at ?? x.start_at ? <TimeText value={(x.started_at ?? x.start_at)!} format="short" /> : '') },
          { key: 'end', title: t('campaigns.ended'), wide: true, render: (x) => (x.ended_at ? <TimeText value={x.ended_at} format="short" /> : '') },
          { key: 'created', title: c('word.created'), render: (x) => <TimeText value={x.created_at} format="short" /> },
        ]}
        empty={<EmptyState title={t('campaigns.none')} icon={<IconSpeakerphone size={24} stroke={1.6} />} action={!state && make}>{state ? t('calls.noneFilter') : t('campaigns.noneText')}</EmptyState>}
      />
    </TelephonePage>
  );
}
