import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { api, body } from '@/api';
import { ErrorState, LoadingState, StateBadge, TimeText, useLanguage } from '@/shared';
import { useAgentName } from '../frame/names';
import { Facts, Section } from '../parts/parts';
import { useMay } from '../session/roles';
import { useMe } from '../session/session';
import { TelephonePage } from '../telephone/TelephonePage';
import { dayName } from './CampaignForm';
import { CampaignLife } from './CampaignLife';
import { Contacts } from './Contacts';
import type { Campaign } from './form';
import { retried, weekdays } from './form';
import { Lists } from './Lists';
import { ProgressPart } from './ProgressPart';
import { Results } from './Results';
import { isLive, isOver, toneOfState } from './words';

/** One campaign: its list, its rules, how far it is and what came of it. */
export function CampaignPage() {
  const { t } = useTranslation('voice');
  const { campaignId = '' } = useParams();
  const may = useMay();
  const me = useMe();
  const name = useAgentName();
  const params = { params: { path: { campaign_id: campaignId } } };
  const campaign = useQuery({ queryKey: ['campaigns', campaignId], queryFn: () => body(api.GET('/v1/campaigns/{campaign_id}', params)) });
  const progress = useQuery({
    queryKey: ['campaigns', campaignId, 'progress'],
    queryFn: () => body(api.GET('/v1/campaigns/{campaign_id}/progress', params)),
    // Live by campaign.progressed; this is for when the feed is lost.
    refetchInterval: ({ state }) => (state.data && isLive(state.data.state) ? 15_000 : false),
  });
  const d = campaign.data;
  if (!d) {
    return <TelephonePage>{campaign.error ? <ErrorState error={campaign.error} onRetry={() => void campaign.refetch()} withDetail /> : <LoadingState />}</TelephonePage>;
  }
  return (
    <TelephonePage
      actions={
        <>
          {d.state !== 'draft' && <Button variant="default" component="a" href={`/v1/campaigns/${d.id}/export`} download={`campaign-${d.id}.csv`} leftSection={<IconDownload size={18} aria-hidden="true" />}>{t('campaigns.export')}</Button>}
        </>
      }
    >
      <Stack gap="lg" maw={1200}>
        <Group justify="space-between">
          <div>
            <Text fw={620} size="lg" component="h2" m={0}><bdi>{d.name}</bdi></Text>
            <Group gap="xs" mt={4}>
              <span role="status"><StateBadge state={d.state} tone={toneOfState(d.state)}>{t(`campaignState.${d.state}`)}</StateBadge></span>
              {may('runCampaigns') && !isOver(d.state) && d.state !== 'stopping' && <Button size="compact-sm" variant="subtle" component={Link} to={`/telephone/campaigns/${d.id}/edit`}>{t('campaigns.edit')}</Button>}
            </Group>
          </div>
          <Group gap="xs"><CampaignLife campaign={d} progress={progress.data} /></Group>
        </Group>
        {d.state === 'awaiting_approval' && <Alert color="yellow">{d.requested_by === me.agent.id ? t('life.waitsOther') : t('life.waitsYou', { name: name(d.requested_by) ?? t('life.somebody') })}</Alert>}
        {d.state === 'draft' && progress.data?.contacts === 0 && <Alert color="petrol">{t('life.needList')}</Alert>}
        {d.state === 'paused' && d.pause_reason === 'approval' && <Alert color="yellow">{d.requested_by === me.agent.id ? t('life.changedOther') : t('life.changedYou', { name: name(d.requested_by) ?? t('life.somebody') })}</Alert>}
        {d.state === 'paused' && d.pause_reason && d.pause_reason !== 'approval' && <Alert color="yellow">{t('life.pausedBy')} <bdi>{d.pause_reason === 'channel_not_configured' ? t('life.noChannel') : d.pause_reason === 'flow_not_found' ? t('life.noFlow') : d.pause_reason}</bdi></Alert>}
        {d.state === 'draft' && <Lists campaign={d} open={may('runCampaigns')} />}
        {progress.data ? d.state !== 'draft' && <ProgressPart progress={progress.data} /> : progress.error ? <ErrorState error={progress.error} onRetry={() => void progress.refetch()} withDetail /> : <LoadingState />}
        {d.state !== 'draft' && <Results campaignId={d.id} />}
        <Rules campaign={d} />
        <Contacts campaignId={d.id} />
        {d.state !== 'draft' && <Lists campaign={d} open={false} />}
      </Stack>
    </TelephonePage>
  );
}

/** The rules that hold, in words. */
function Rules({ campaign: d }: { campaign: Campaign }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const { intl } = useLanguage();
  const number = new Intl.NumberFormat(intl, { maximumFractionDigits: 2 });
  const calendars = useQuery({ queryKey: ['holiday-calendars'], enabled: (d.settings.holiday_calendars?.length ?? 0) > 0, queryFn: async () => (await body(api.GET('/v1/holiday-calendars'))).items });
  const s = d.settings;
  const p = s.pacing ?? {};
  const list = new Intl.ListFormat(intl, { style: 'narrow', type: 'unit' });
  return (
    <Section title={t('campaigns.rules')}>
      <Facts
        items={[
          [t('flow'), <Link key="f" to={`/telephone/flows/${d.flow}`} style={{ color: 'var(--mantine-color-anchor)' }}>{d.flow}{d.version !== undefined && ` · ${d.version === 0 ? t('flows.shipped') : c('texts.version', { n: d.version })}`}</Link>],
          [c('messages.class'), c(`messageClass.${d.class}`)],
          [t('form.when'), <span key="w">{(s.windows ?? []).map((w, i) => <div key={i}>{list.format(weekdays.filter((x) => w.days.includes(x)).map((x) => dayName(x, intl)))} <bdi dir="ltr" className="vv-numbers">{w.from}–{w.to}</bdi></div>)}</span>],
          [t('form.holidays'), (calendars.data ?? []).filter((x) => s.holiday_calendars?.includes(x.id)).map((x) => x.name).join(', ')],
          [t('form.again'), <span key="r">{retried.map((r) => { const rule = s.retries?.[r]; return rule && rule.count > 0 ? <div key={r}>{t('campaigns.retry', { what: t(`outcome.${r}`), times: rule.count, minutes: number.format(rule.delay / 60) })}</div> : null; })}</span>],
          [t('form.maxCalls'), s.max_calls !== undefined && number.format(s.max_calls)],
          [t('form.machine'), s.machine && <span key="m">{t(`machine.${s.machine}`)}{d.machine_flow && <> · <bdi>{d.machine_flow}</bdi></>}</span>],
          [t('form.pace'), t('campaigns.pace', { mode: t(`pace.${p.mode ?? 'fixed'}`), perSecond: number.format(p.calls_per_second ?? 1), parallel: number.format(p.parallel ?? 10) })],
          [t('form.ratio'), p.mode === 'progressive' && number.format(p.ratio ?? 1)],
          [t('form.abandonment'), p.mode === 'progressive' && number.format(p.abandonment_percent ?? 3)],
          [t('form.start'), d.start_at && <TimeText key="s" value={d.start_at} withZone />],
          [t('form.end'), d.end_at && <TimeText key="e" value={d.end_at} withZone />],
          [t('campaigns.started'), d.started_at && <TimeText key="st" value={d.started_at} />],
          [t('campaigns.ended'), d.ended_at && <TimeText key="en" value={d.ended_at} />],
        ]}
      />
    </Section>
  );
}
