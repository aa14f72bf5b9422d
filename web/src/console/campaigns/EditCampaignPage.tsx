import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { api, body, randomUUID } from '@/api';
import { ErrorState, LoadingState } from '@/shared';
import { useBankZone } from '../frame/zone';
import { TelephonePage } from '../telephone/TelephonePage';
import { CampaignForm } from './CampaignForm';
import { type Campaign, changes, defaults, newCampaign, type Values, valuesOf } from './form';

/** Makes a campaign, as a draft: nobody is called before it is started. */
export function NewCampaignPage() {
  const { t } = useTranslation('voice');
  const navigate = useNavigate();
  const client = useQueryClient();
  const zone = useBankZone();
  const key = useRef({ of: '', is: '' });
  const make = useMutation({
    mutationFn: (v: Values) => {
      const draft = newCampaign(v, zone);
      // The same once more has the same key; another draft has another.
      if (key.current.of !== JSON.stringify(draft)) key.current = { of: JSON.stringify(draft), is: randomUUID() };
      return body(api.POST('/v1/campaigns', { body: draft, headers: { 'Idempotency-Key': key.current.is } }));
    },
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ['campaigns'] });
      void navigate(`/telephone/campaigns/${made.id}`);
    },
  });
  return (
    <TelephonePage>
      <CampaignForm initial={defaults} submitLabel={t('campaigns.make')} busy={make.isPending} error={make.error} onSubmit={(v) => make.mutate(v)} onCancel={() => void navigate('/telephone/campaigns')} />
    </TelephonePage>
  );
}

/** Changes a campaign that has not ended. */
export function EditCampaignPage() {
  const { campaignId = '' } = useParams();
  const campaign = useQuery({ queryKey: ['campaigns', campaignId, 'edit'], staleTime: Infinity, gcTime: 0, queryFn: () => body(api.GET('/v1/campaigns/{campaign_id}', { params: { path: { campaign_id: campaignId } } })) });
  return (
    <TelephonePage>
      {/* What happens meanwhile must not take away what one has typed. */}
      {campaign.data ? <Edit key={campaign.data.id} campaign={campaign.data} /> : campaign.error ? <ErrorState error={campaign.error} onRetry={() => void campaign.refetch()} withDetail /> : <LoadingState />}
    </TelephonePage>
  );
}

function Edit({ campaign }: { campaign: Campaign }) {
  const { t: common } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const zone = useBankZone();
  const back = () => void navigate(`/telephone/campaigns/${campaign.id}`);
  const save = useMutation({
    mutationFn: (v: Values) => body(api.PATCH('/v1/campaigns/{campaign_id}', { params: { path: { campaign_id: campaign.id } }, body: changes(v, zone, campaign) })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['campaigns'] });
      back();
    },
  });
  return <CampaignForm initial={valuesOf(campaign, zone)} started={campaign.state !== 'draft'} submitLabel={common('action.save')} busy={save.isPending} error={save.error} onSubmit={(v) => save.mutate(v)} onCancel={back} />;
}
