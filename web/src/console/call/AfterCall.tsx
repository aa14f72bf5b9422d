import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { formatDuration, StateBadge, useLanguage } from '@/shared';
import { useMyPresence, useSetPresence } from '../frame/presence';
import { useScenario } from '../frame/scenarios';
import { useSay } from '../parts/parts';
import { lastAnswered } from '../verdict/verdict';
import { VerdictBar } from '../verdict/VerdictBar';
import type { Call, Identification } from './CallPage';
import classes from './call.module.css';

/** The call is over: how it ended, the verdict if there is none yet, and on to the next. */
export function AfterCall({ call, identification }: { call: Call; identification: Identification }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const say = useSay();
  const navigate = useNavigate();
  const presence = useMyPresence().data;
  const setPresence = useSetPresence();
  const scenario = useScenario(identification.scenario.id).data;
  const decided = identification.state !== 'open';
  const length = call.answered_at && call.ended_at ? Date.parse(call.ended_at) - Date.parse(call.answered_at) : undefined;
  const goOn = (state: 'ready' | 'paused') =>
    setPresence.mutate({ state }, { onSuccess: () => void navigate('/agenda'), onError: say.failed });
  return (
    <div className={classes.after}>
      <Paper withBorder p="xl" w="100%" maw={560}>
        <Stack gap="lg">
          <div role="status">
            <Group justify="space-between" align="center">
              <Title order={2}>{t(`call.result.${call.state as 'ended'}`)}</Title>
              <StateBadge state={decided ? identification.state : call.state} />
            </Group>
            <Text c="dimmed">
              {call.reason ? `${t(`call.reason.${call.reason as 'decided'}`, { defaultValue: call.reason.replaceAll('_', ' ') })}` : ''}
              {length !== undefined && ` · ${formatDuration(length, intl)}`}
            </Text>
            {identification.reason && <Text mt="xs">{identification.reason}</Text>}
            {identification.outcome && <Text mt="xs"><b>{t(`outcome.${identification.outcome}`)}</b>{identification.outcome_note && `: ${identification.outcome_note}`}</Text>}
          </div>
          {!decided && lastAnswered(identification.calls)?.id === call.id && (
            <div className={classes.afterVerdict}>
              <Text mb="sm">{t(identification.scenario.kind === 'identify' ? 'call.stillOpen' : 'call.stillOpenOutcome')}</Text>
              <VerdictBar identification={identification} call={call} definition={scenario?.definition} plain />
            </div>
          )}
          {call.state === 'missed' && <Text>{t('call.missedText')}</Text>}
          <Group>
            {presence && presence.state !== 'ready' && presence.state !== 'in_call' && (
              <Button onClick={() => goOn('ready')} loading={setPresence.isPending}>{t('call.ready')}</Button>
            )}
            {presence && presence.state === 'ready' && <Button component={Link} to="/agenda">{t('call.toAgenda')}</Button>}
            {presence && presence.state !== 'paused' && <Button variant="default" onClick={() => goOn('paused')}>{t('call.pause')}</Button>}
            <Button component={Link} to={`/identifications/${identification.id}`} variant="subtle">{t('openCase')}</Button>
          </Group>
        </Stack>
      </Paper>
    </div>
  );
}
