import { Button, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { api, body, type Schema } from '@/api';
import { ConfirmButton } from '@/shared';
import { useSay } from '../parts/parts';
import { useMay } from '../session/roles';
import { useMe } from '../session/session';
import type { Campaign } from './form';

/** Start, approve, pause, resume, stop and delete, as far as the state and the role allow. */
export function CampaignLife({ campaign, progress }: { campaign: Campaign; progress: Schema<'CampaignProgress'> | undefined }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const may = useMay();
  const me = useMe();
  const say = useSay();
  const navigate = useNavigate();
  const client = useQueryClient();
  const params = { params: { path: { campaign_id: campaign.id } } };
  const refresh = () => void client.invalidateQueries({ queryKey: ['campaigns'] });
  const start = async () => {
    const now = await body(api.POST('/v1/campaigns/{campaign_id}/start', params));
    say.done(t(now.state === 'awaiting_approval' ? 'life.asked' : now.state === 'scheduled' ? 'life.scheduled' : 'life.started'));
    refresh();
  };
  const act = useMutation({
    mutationFn: (what: 'pause' | 'resume') => body(api.POST(`/v1/campaigns/{campaign_id}/${what}`, params)),
    onSuccess: refresh,
    onError: say.failed,
  });
  const stop = async () => {
    await api.POST('/v1/campaigns/{campaign_id}/stop', params);
    say.done(t('life.stopping'));
    refresh();
  };
  const remove = async () => {
    await api.DELETE('/v1/campaigns/{campaign_id}', params);
    refresh();
    void navigate('/telephone/campaigns');
  };
  if (!may('runCampaigns')) return null;
  const { state } = campaign;
  const people = progress?.contacts ?? 0;
  const left = progress ? progress.queued + progress.waiting : 0;
  const later = campaign.start_at !== undefined && Date.parse(campaign.start_at) > Date.now();
  const mine = campaign.requested_by === me.agent.id;
  const changed = campaign.pause_reason === 'approval';
  return (
    <>
      {state === 'draft' && <ConfirmButton color="gray" title={t('life.deleteTitle')} message={t('life.deleteText')} onConfirm={remove}>{c('delete')}</ConfirmButton>}
      {(state === 'draft' || (state === 'awaiting_approval' && !mine)) && (
        <ConfirmButton
          variant="filled"
          color="petrol"
          disabled={people === 0}
          title={t('life.startTitle', { count: people })}
          message={<>{t(later ? 'life.laterText' : 'life.startText')}{state === 'awaiting_approval' && <Text mt="xs">{t('life.approveText')}</Text>}</>}
          confirmLabel={state === 'draft' ? t('life.startOf', { count: people }) : t('life.approve')}
          onConfirm={start}
        >
          {state === 'draft' ? t('life.start') : t('life.approve')}
        </ConfirmButton>
      )}
      {state === 'running' && <Button variant="default" loading={act.isPending} onClick={() => act.mutate('pause')}>{t('life.pause')}</Button>}
      {state === 'paused' && !(changed && mine) && <Button loading={act.isPending} onClick={() => act.mutate('resume')}>{t(changed ? 'life.approveChange' : 'life.resume')}</Button>}
      {['awaiting_approval', 'scheduled', 'running', 'paused'].includes(state) && (
        <ConfirmButton title={t('life.stopTitle')} message={t('life.stopText', { count: left })} confirmLabel={t('life.stop')} keepLabel={t('life.keep')} onConfirm={stop}>{t('life.stop')}</ConfirmButton>
      )}
    </>
  );
}
