import { Badge } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { api, body, type Schema } from '@/api';
import { EmptyState, ErrorState, LoadingState, StateBadge } from '@/shared';
import { useCall, useLocalMedia } from '@/shared/call';
import { ConsolePage } from '../frame/ConsolePage';
import { KindBadge } from '../parts/KindBadge';
import { useScenario } from '../frame/scenarios';
import { useMe } from '../session/session';
import { AfterCall } from './AfterCall';
import { CallStage } from './CallStage';
import { CasePanel } from './CasePanel';
import { GuestCall } from '../supervise/GuestCall';
import { useMySeat } from '../supervise/party';
import { OthersCall } from './OthersCall';
import { Ringing } from './Ringing';
import { useEffect } from 'react';
import classes from './call.module.css';

export type Call = Schema<'Call'>;
export type Identification = Schema<'Identification'>;

/** One call, from the ringing to what comes after. A reload comes back to the same place: everything is the server's. */
export function CallPage() {
  const { t } = useTranslation('console');
  const { callId = '' } = useParams();
  const me = useMe();
  const call = useQuery({
    queryKey: ['calls', callId],
    queryFn: () => body(api.GET('/v1/calls/{call_id}', { params: { path: { call_id: callId }, query: { as: 'agent' } } })),
    // The feed tells of changes; this is for when it is down.
    refetchInterval: (q) => (q.state.data?.state === 'ringing' ? 2_000 : q.state.data?.state === 'active' ? 5_000 : false),
  });
  if (!call.data) {
    return (
      <ConsolePage title={t('call.title')}>
        {call.error ? <ErrorState error={call.error} onRetry={() => void call.refetch()} withDetail /> : <LoadingState />}
      </ConsolePage>
    );
  }
  const name = call.data.customer?.name ?? t('word.customer');
  const live = call.data.state === 'ringing' || call.data.state === 'active';
  return (
    <ConsolePage title={name} titleExtra={<><StateBadge state={call.data.state} />{call.data.scenario && <KindBadge kind={call.data.scenario.kind} />}{live && call.data.phone_call_id && <Badge color="petrol" variant="light">{t('byPhone.on')}</Badge>}</>} flush>
      {live && call.data.agent_id !== me.agent.id ? <ColleaguesCall call={call.data} name={name} /> : <OwnCall key={callId} call={call.data} name={name} />}
    </ConsolePage>
  );
}

/** A colleague leads it: one has a seat beside them, or not. */
function ColleaguesCall({ call, name }: { call: Call; name: string }) {
  const seat = useMySeat(call.id);
  return seat ? <GuestCall key={`${call.id} ${seat.role}`} call={call} seat={seat} name={name} /> : <OthersCall call={call} />;
}

function OwnCall({ call, name }: { call: Call; name: string }) {
  const { t } = useTranslation('console');
  const media = useLocalMedia({ camera: call.agent_video });
  const live = call.state === 'ringing' || call.state === 'active';
  const link = useCall({ callId: call.id, role: 'agent', media, enabled: live, socketPath: call.socket_url });
  const identification = useQuery({
    queryKey: ['identifications', call.identification_id],
    queryFn: () => body(api.GET('/v1/identifications/{identification_id}', { params: { path: { identification_id: call.identification_id } } })),
  });
  const scenario = useScenario(identification.data?.scenario.id);
  // The agent has just pressed Call: camera (where the customer is to see them) and microphone are wanted at once.
  useEffect(() => {
    if (live) void media.start();
    // Once for each call; media.start is asked again by the person when it was refused.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [live, call.id]);
  useEffect(() => {
    if (!live) media.stop();
  }, [live]);

  const panel = identification.data ? (
    <CasePanel call={call} link={link} identification={identification.data} scenario={scenario.data} />
  ) : identification.error ? (
    <ErrorState error={identification.error} onRetry={() => void identification.refetch()} withDetail />
  ) : (
    <LoadingState />
  );
  return (
    <div className={classes.page}>
      <div className={classes.stage}>
        {call.state === 'ringing' ? <Ringing call={call} media={media} name={name} />
          : call.state === 'active' ? <CallStage call={call} link={link} media={media} name={name} />
          : identification.data ? <AfterCall call={call} identification={identification.data} />
          : <EmptyState title={t('call.over')} />}
      </div>
      <aside className={classes.panel} aria-label={t('call.panel')}>
        {panel}
      </aside>
    </div>
  );
}
