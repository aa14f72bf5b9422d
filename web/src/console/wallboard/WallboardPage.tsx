import { Button, Text } from '@mantine/core';
import { IconMaximize, IconMinimize } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api';
import { ErrorState, formatDuration, LoadingState, StateBadge, TimeText, useLanguage, useLiveState, useNow } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { noteServerTime, onOurClock } from '../frame/serverClock';
import { useFullScreen } from '../parts/useFullScreen';
import { useMe } from '../session/session';
import { AgentBoard } from './AgentBoard';
import { abandonment, abandonTone, serviceTone, type Wallboard, waitTone } from './board';
import { Figure } from './Figure';
import { Nodes, ScenarioTable, SkillTable } from './Tables';
import classes from './wallboard.module.css';

/** The queue and the team at a glance, for a desk and for a screen on the wall. */
export function WallboardPage() {
  const { t } = useTranslation('console');
  const live = useLiveState();
  const board = useQuery({
    queryKey: ['wallboard'],
    queryFn: async () => {
      const { data, response } = await api.GET('/v1/wallboard');
      noteServerTime(response);
      return data as Wallboard;
    },
    // Events tell of changes; that a page or a node fell silent is none.
    refetchInterval: live === 'open' ? 15_000 : 5_000,
  });
  const frame = useRef<HTMLDivElement>(null);
  const { full, possible, toggle } = useFullScreen(frame);
  return (
    <ConsolePage
      title={t('nav.wallboard')}
      actions={
        possible && (
          <Button variant="default" leftSection={<IconMaximize size={18} aria-hidden="true" />} onClick={toggle}>
            {t('fullScreen.on')}
          </Button>
        )
      }
    >
      <div ref={frame} className={classes.wall} data-full={full || undefined}>
        {full && <WallHead at={board.data?.at} onLeave={toggle} />}
        {!board.data ? (
          board.error ? <ErrorState error={board.error} onRetry={() => void board.refetch()} withDetail /> : <LoadingState />
        ) : (
          <>
            {board.error && <Text role="alert" className={classes.stale}>{t('wall.stale')} <TimeText value={board.data.at} format="exact" /></Text>}
            <Board board={board.data} full={full} />
          </>
        )}
      </div>
    </ConsolePage>
  );
}

/** On the wall there is no frame around it: whose it is, how current, and the way back. */
function WallHead({ at, onLeave }: { at: string | undefined; onLeave: () => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const me = useMe();
  const live = useLiveState();
  return (
    <header className={classes.head}>
      <h1>{me.bank.name}</h1>
      <StateBadge state={live === 'open' ? 'ready' : 'reconnecting'}>{common(`live.${live}`)}</StateBadge>
      {at && <TimeText value={at} format="exact" />}
      <Button variant="default" leftSection={<IconMinimize size={18} aria-hidden="true" />} onClick={onLeave}>{t('fullScreen.off')}</Button>
    </header>
  );
}

function Board({ board, full }: { board: Wallboard; full: boolean }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const now = useNow(1000);
  const { today } = board;
  const percent = new Intl.NumberFormat(intl, { style: 'percent', maximumFractionDigits: 0 });
  const number = new Intl.NumberFormat(intl);
  const ready = board.agents.filter((a) => a.state === 'ready').length;
  // The wait goes on between two readings.
  const since = board.waiting > 0 ? Math.max(0, now - Date.parse(onOurClock(board.at))) : 0;
  const longest = board.longest_wait_seconds * 1000 + since;
  const lost = abandonment(today);
  const nobody = today.served + today.abandoned === 0;
  return (
    <>
      <dl className={classes.figures}>
        <Figure label={t('wall.serviceLevel')} value={nobody ? '–' : percent.format(today.service_level)} detail={nobody ? t('wall.noneYet') : t('wall.inTime', { count: today.in_time, total: today.served + today.abandoned })} tone={serviceTone(today)} />
        <Figure label={t('wall.waiting')} value={number.format(board.waiting)} detail={t('wall.entered', { count: today.entered })} tone={waitTone(board.waiting, longest)} />
        <Figure label={t('wall.longest')} value={board.waiting > 0 ? formatDuration(longest, intl) : '–'} detail={today.served > 0 ? t('wall.meanWait', { time: formatDuration(today.mean_wait_seconds * 1000, intl) }) : undefined} tone={waitTone(board.waiting, longest)} />
        <Figure label={t('wall.abandoned')} value={lost === undefined ? '–' : percent.format(lost)} detail={t('wall.people', { count: today.abandoned })} tone={abandonTone(today)} />
        <Figure label={t('wall.readyAgents')} value={number.format(ready)} detail={t('wall.atWork', { count: board.agents.filter((a) => a.state !== 'offline').length })} tone={ready > 0 ? 'positive' : board.waiting > 0 ? 'negative' : 'warning'} />
        <Figure label={t('wall.calls')} value={number.format(board.calls)} detail={today.mean_handle_seconds > 0 ? t('wall.meanHandle', { time: formatDuration(today.mean_handle_seconds * 1000, intl) }) : undefined} tone="neutral" />
      </dl>
      <div className={classes.columns}>
        <div className={classes.column}>
          <ScenarioTable scenarios={board.scenarios} extraMs={since} />
          <SkillTable skills={board.skills} extraMs={since} />
          <Nodes nodes={board.nodes} />
        </div>
        <AgentBoard agents={board.agents} now={now} full={full} />
      </div>
      <Text size="sm" c="dimmed" mt="sm">{t('wall.since')} <TimeText value={board.since} format="short" withZone /></Text>
    </>
  );
}
