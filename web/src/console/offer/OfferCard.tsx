import { Button, Group, Stack, Text } from '@mantine/core';
import { IconPhoneCall } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { api, body, Problem, type Schema } from '@/api';
import { formatDuration, useLanguage, useNow } from '@/shared';
import { startRinging, unlockSound } from '@/shared/call';
import { useAgentName } from '../frame/names';
import { useTranslated } from '../frame/scenarios';
import { onOurClock } from '../frame/serverClock';
import { useMyPresence } from '../frame/presence';
import { KindBadge } from '../parts/KindBadge';
import { Keys, useSay, useShortcut } from '../parts/parts';
import { HandedOn } from './HandedOn';
import { Invited } from './Invited';
import { tell } from './notify';
import { offerLeft, offerOf } from './offer';
import classes from './offer.module.css';

/** The customer who is offered to me, over whatever page is open. It does not take the keyboard away from it. */
export function Offer() {
  const offer = offerOf(useMyPresence().data);
  useEffect(() => {
    // Sound is allowed only after a touch or key somewhere in the page.
    const unlock = () => void unlockSound();
    window.addEventListener('pointerdown', unlock, { once: true });
    window.addEventListener('keydown', unlock, { once: true });
    return () => {
      window.removeEventListener('pointerdown', unlock);
      window.removeEventListener('keydown', unlock);
    };
  }, []);
  return offer ? <OfferCard key={`${offer.id} ${offer.offer_expires_at}`} offer={offer} /> : <Invited />;
}

function OfferCard({ offer }: { offer: Schema<'QueueEntry'> }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const translated = useTranslated();
  const navigate = useNavigate();
  const client = useQueryClient();
  const say = useSay();
  const agentName = useAgentName();
  const now = useNow(200);
  const seen = useMemo(() => Date.now(), []);
  const expires = offer.offer_expires_at ? Date.parse(onOurClock(offer.offer_expires_at)) : undefined;
  const left = offerLeft(now, seen, expires);

  const refresh = () => {
    void client.invalidateQueries({ queryKey: ['presence'] });
    void client.invalidateQueries({ queryKey: ['queue'] });
  };
  const failed = (error: unknown) => {
    if (Problem.from(error).code === 'offer_lapsed') say.done(t('offer.lapsed'));
    else say.failed(error);
  };
  const path = { params: { path: { entry_id: offer.id } } };
  const accept = useMutation({
    // By its number: a late click never takes a newer offer.
    mutationFn: () => body(api.POST('/v1/queue/{entry_id}/accept', { ...path, body: offer.offer === undefined ? {} : { offer: offer.offer } })),
    onSuccess: (call) => {
      client.setQueryData(['calls', call.id], call);
      void navigate(`/calls/${call.id}`);
    },
    onError: failed,
    onSettled: refresh,
  });
  const reject = useMutation({
    mutationFn: () => api.POST('/v1/queue/{entry_id}/reject', path),
    onError: failed,
    onSettled: refresh,
  });
  const over = left.ms === 0;
  const busy = accept.isPending || reject.isPending;
  useShortcut('Control+Enter', busy || over ? undefined : () => accept.mutate());

  const scenario = translated(offer.scenario.name);
  const from = agentName(offer.from_agent_id) ?? t('word.agent');
  const running = offer.kind === 'transfer' || offer.kind === 'takeover';
  const title = offer.kind === 'transfer' ? t('offer.transferTitle', { from, name: offer.customer_name })
    : offer.kind === 'takeover' ? t('offer.takeoverTitle', { name: offer.customer_name })
    : t('offer.title', { name: offer.customer_name });
  const taken = accept.isPending || over;
  useEffect(() => {
    if (taken) return;
    const quiet = startRinging();
    return quiet;
  }, [taken]);
  useEffect(() => tell(title, scenario, () => {}), [title, scenario]);
  useEffect(() => {
    if (over) refresh();
  }, [over]);

  const waited = now - Date.parse(onOurClock(offer.entered_at));
  return (
    <section className={classes.card} aria-label={title}>
      <div className={classes.bar} aria-hidden="true">
        <span style={{ transform: `scaleX(${left.share})` }} />
      </div>
      <Stack gap="sm" p="md">
        <div role="alert">
          <Text size="xs" c="dimmed">
            {running ? t(offer.kind === 'takeover' ? 'offer.takeover' : offer.warm ? 'offer.transferWarm' : 'offer.transferCold', { from }) : t(`queue.way.${offer.way}`)} · {scenario}
          </Text>
          <Text size="xl" fw={640} lh={1.3}>
            {offer.customer_name}
          </Text>
          <KindBadge kind={offer.scenario.kind} />
        </div>
        {running && offer.call_id && <HandedOn callId={offer.call_id} note={offer.note} />}
        <Group justify="space-between" gap="xs">
          <Text size="sm" c="dimmed" className="vv-numbers">
            {t('offer.waits', { time: formatDuration(waited, intl) })}
          </Text>
          <Text size="sm" fw={600} className="vv-numbers" role="timer" aria-live="off">
            {t('offer.left', { time: formatDuration(left.ms, intl) })}
          </Text>
        </Group>
        <Group grow gap="sm">
          <Button variant="default" onClick={() => reject.mutate()} loading={reject.isPending} disabled={accept.isPending || over}>
            {t('offer.notNow')}
          </Button>
          <Button
            leftSection={<IconPhoneCall size={18} aria-hidden="true" />}
            onClick={() => accept.mutate()}
            loading={accept.isPending}
            disabled={reject.isPending || over}
            aria-keyshortcuts="Control+Enter"
          >
            {running ? t(offer.warm ? 'offer.join' : 'offer.take') : t('offer.call')}&nbsp;<Keys>Ctrl ↵</Keys>
          </Button>
        </Group>
        <Text size="sm">
          <Link to={`/identifications/${offer.identification_id}`} className={classes.look}>
            {t('offer.look')}
          </Link>
        </Text>
      </Stack>
    </section>
  );
}
