import { Alert, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconEye, IconHeadset, IconMessageCircle2, IconUsers } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { Problem } from '@/api';
import { useMyPresence, useSetPresence } from '../frame/presence';
import { useScenario } from '../frame/scenarios';
import { Facts, useSay } from '../parts/parts';
import { useMay } from '../session/roles';
import { useMe } from '../session/session';
import { guestsNow, type GuestMode, useParty, useSupervise } from '../supervise/party';
import { TakeOver } from '../supervise/TakeOver';
import classes from '../supervise/supervise.module.css';
import type { Call } from './CallPage';

const icons = { watch: IconEye, whisper: IconMessageCircle2, join: IconUsers } as const;

/** A call that a colleague leads. A supervisor chooses here how to take part; whoever has handed it over goes on to the next. */
export function OthersCall({ call }: { call: Call }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const me = useMe();
  const may = useMay();
  const say = useSay();
  const navigate = useNavigate();
  const party = useParty(call.id);
  const supervise = useSupervise(call.id);
  const presence = useMyPresence().data;
  const setPresence = useSetPresence();
  const scenario = useScenario(call.scenario?.id).data;
  const name = call.agent_name || t('word.agent');
  const led = party.data?.leads.some((l) => l.agent_id === me.agent.id) ?? false;
  const guests = guestsNow(party.data);
  const other = guests.find((g) => g.role === 'supervisor');
  const unseen = scenario?.definition.settings?.queue?.supervision?.watch_hidden === true;
  const done = call.steps.filter((s) => s.state === 'passed').length;
  const begin = (mode: GuestMode) =>
    supervise.mutate(mode, {
      onError: (error) => {
        const { code } = Problem.from(error);
        if (code === 'agent_in_call') say.done(t('supervise.inCall'));
        else if (code === 'seat_taken') say.done(t('supervise.seatTaken'));
        else say.failed(error);
      },
    });
  const goOn = (state: 'ready' | 'paused') => setPresence.mutate({ state }, { onSuccess: () => void navigate('/agenda'), onError: say.failed });
  return (
    <div className={classes.door}>
      <Paper withBorder p="xl" w="100%" maw={620}>
        <Stack gap="lg">
          <div role="status">
            <Title order={2}>{led ? t('transfer.handedOver', { name }) : t('call.others', { name })}</Title>
            <Text c="dimmed">{led ? t('transfer.handedOverText') : may('supervise') ? t('supervise.doorText') : t('call.othersText')}</Text>
          </div>
          <Facts
            items={[
              [t('word.customer'), call.customer?.name],
              [t('call.script'), t('call.progress', { done, total: call.steps.length })],
              [t('supervise.alsoHere'), guests.map((g) => `${g.agent_name} (${common(`call.thirdRole.${g.role}`)})`).join(', ')],
            ]}
          />
          {led && presence && presence.state !== 'in_call' && (
            <Group>
              {presence.state !== 'ready' && <Button onClick={() => goOn('ready')} loading={setPresence.isPending}>{t('call.ready')}</Button>}
              {presence.state !== 'paused' && <Button variant="default" onClick={() => goOn('paused')}>{t('call.pause')}</Button>}
            </Group>
          )}
          {may('supervise') && call.state === 'active' && (
            other ? (
              <Alert color="yellow">{t('supervise.taken', { name: other.agent_name })}</Alert>
            ) : (
              <Stack gap="sm" component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
                {(['watch', 'whisper', 'join'] as const).map((mode) => {
                  const Icon = icons[mode];
                  return (
                    <Group key={mode} component="li" wrap="nowrap" align="flex-start" gap="md">
                      <Button w={150} style={{ flex: 'none' }} variant={mode === 'watch' ? 'filled' : 'default'} leftSection={<Icon size={18} aria-hidden="true" />} onClick={() => begin(mode)} loading={supervise.isPending && supervise.variables === mode} disabled={supervise.isPending}>
                        {t(`supervise.modes.${mode}`)}
                      </Button>
                      <Text size="sm">
                        {t(`supervise.means.${mode}`)}{' '}
                        {unseen && mode !== 'join' ? t('supervise.willHide') : t('supervise.customerSees', { text: common(`call.third.${mode}`, { role: common('call.thirdRole.supervisor') }) })}
                      </Text>
                    </Group>
                  );
                })}
              </Stack>
            )
          )}
          <Group>
            {may('supervise') && call.state === 'active' && <TakeOver callId={call.id} agentName={name} />}
            <Button component={Link} to={`/identifications/${call.identification_id}`} variant="subtle" leftSection={<IconHeadset size={18} aria-hidden="true" />}>{t('openCase')}</Button>
          </Group>
        </Stack>
      </Paper>
    </div>
  );
}
