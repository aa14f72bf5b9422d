import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schema } from '@/api';
import { formatDuration, StateBadge, TimeText, useLanguage } from '@/shared';
import { Section } from '../parts/parts';
import { Written } from '../call/Written';
import { WhyThisAgent } from '../calls/WhyThisAgent';
import { Player } from '../player/Player';
import { useMay } from '../session/roles';
import { useMe } from '../session/session';
import { Stills } from './Stills';
import classes from './identifications.module.css';

/** One call of the case: how it went, its recording, its steps with their pictures, the files with their hashes. */
export function CallSection({ call, customerName, zone, opened }: { call: Schema<'Call'>; customerName: string; zone: string; opened: boolean }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const me = useMe();
  const may = useMay();
  const [playing, setPlaying] = useState(opened);
  const [written, setWritten] = useState(false);
  const length = call.answered_at && call.ended_at ? Date.parse(call.ended_at) - Date.parse(call.answered_at) : undefined;
  const live = call.state === 'ringing' || call.state === 'active';
  const done = call.steps.filter((s) => s.state !== 'pending');
  return (
    <Section
      id={`call-${call.id}`}
      title={t('case.call')}
      actions={
        <Group gap="sm">
          <Text c="dimmed" size="sm">
            <TimeText value={call.answered_at ?? call.created_at} zone={zone} />
            {call.agent_name && ` · ${call.agent_name}`}
            {length !== undefined && ` · ${formatDuration(length, intl)}`}
          </Text>
          <StateBadge state={call.state} />
        </Group>
      }
    >
      {call.reason && <Text c="dimmed" mb="sm">{t(`call.reason.${call.reason as 'decided'}`, { defaultValue: call.reason.replaceAll('_', ' ') })}</Text>}
      {live && (call.agent_id === me.agent.id || may('supervise')) && (
        <Button component={Link} to={`/calls/${call.id}`} mb="sm">{t(call.agent_id === me.agent.id ? 'call.return' : 'supervise.look')}</Button>
      )}
      {call.recordings.length > 0 && !live && (playing ? (
        <Player callId={call.id} customerName={customerName} agentName={call.agent_name || t('word.agent')} zone={zone} />
      ) : (
        <Button variant="light" onClick={() => setPlaying(true)}>{t('player.open')}</Button>
      ))}
      {!live && call.answered_at && (
        <details className={classes.files} onToggle={(e) => setWritten(e.currentTarget.open)}>
          <summary>{t('call.written')}</summary>
          {written && <Written callId={call.id} customerName={customerName} agentName={call.agent_name || t('word.agent')} />}
        </details>
      )}
      {done.length > 0 && <Stills steps={done} />}
      {call.notes && (
        <div className={classes.callNotes}>
          <Text size="sm" c="dimmed">{t('call.notes')}</Text>
          <Text style={{ whiteSpace: 'pre-wrap' }}>{call.notes}</Text>
        </div>
      )}
      {may('seeDraws') && (
        <div className={classes.files}>
          <WhyThisAgent callId={call.id} />
        </div>
      )}
      {call.recordings.length > 0 && (
        <details className={classes.files}>
          <summary>{t('case.files')}</summary>
          <ul>
            {call.recordings.map((r) => (
              <li key={r.id}>
                <a href={r.url} download={`${call.id}-${r.participant}-${r.part}.webm`} className={classes.link}>
                  {r.participant === 'agent' || r.participant === 'customer' ? t(`participant.${r.participant}`) : r.participant}, {t('case.part', { part: r.part })}
                </a>{' '}
                <StateBadge state={r.state} />
                {r.sha256 && <div className={classes.hash}>SHA-256 {r.sha256}</div>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}
