import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { formatDuration, toneOf, useLanguage } from '@/shared';
import { usePauseReason } from '../frame/presence';
import { onOurClock } from '../frame/serverClock';
import { SuperviseButton } from '../supervise/SuperviseButton';
import { type AgentPresence, byGroup, type Group, groups } from './board';
import classes from './wallboard.module.css';

/** Everyone who takes calls, by what they are doing and for how long. */
export function AgentBoard({ agents, now, full }: { agents: readonly AgentPresence[]; now: number; full: boolean }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const all = byGroup(agents);
  const number = new Intl.NumberFormat(intl);
  return (
    <section className={classes.agents} aria-label={t('wall.agents')}>
      {groups.map((group) => {
        const here = all[group];
        if (here.length === 0 && group !== 'ready' && group !== 'in_call') return null;
        return (
          <section key={group} className={classes.group} data-tone={toneOfGroup(group)} aria-label={nameOf(group)}>
            <header>
              <h2>{nameOf(group)}</h2>
              <span className={`${classes.count} vv-numbers`}>{number.format(here.length)}</span>
            </header>
            {group === 'offline' ? (
              <Text size="sm" c="dimmed">{here.map((a) => a.name).join(', ')}</Text>
            ) : here.length === 0 ? (
              <Text size="sm" c="dimmed">{t('wall.nobody')}</Text>
            ) : (
              <ul>
                {here.map((agent) => (
                  <li key={agent.agent_id}>
                    <Agent agent={agent} now={now} full={full} />
                  </li>
                ))}
              </ul>
            )}
          </section>
        );
      })}
    </section>
  );

  function nameOf(group: Group) {
    return group === 'missed' ? t('wall.missed') : t(`presence.${group}`);
  }
}

function toneOfGroup(group: Group) {
  return group === 'missed' ? 'negative' : toneOf(group);
}

function Agent({ agent, now, full }: { agent: AgentPresence; now: number; full: boolean }) {
  const { intl } = useLanguage();
  const pauseReason = usePauseReason();
  const reason = agent.state === 'paused' && agent.reason && agent.reason !== 'missed_offers' ? pauseReason(agent.reason) : '';
  return (
    <>
      <span className={classes.name}>
        {agent.name}
        {reason && <span className={classes.reason}> · {reason}</span>}
      </span>
      {!full && agent.state === 'in_call' && agent.call_id && <SuperviseButton callId={agent.call_id} agentId={agent.agent_id} agentName={agent.name} />}
      <span className={`${classes.time} vv-numbers`} dir="ltr">{formatDuration(Math.max(0, now - Date.parse(onOurClock(agent.since))), intl)}</span>
    </>
  );
}
