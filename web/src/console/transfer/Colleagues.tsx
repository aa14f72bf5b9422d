import { ActionIcon, Button, Drawer, Group, Stack, Tabs, Text, Tooltip } from '@mantine/core';
import { IconArrowsExchange, IconUserPlus, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call } from '../call/CallPage';
import { useSay } from '../parts/parts';
import { guestsNow, useEndGuest, useParty } from '../supervise/party';
import { InviteForm } from './InviteForm';
import { TransferForm } from './TransferForm';

/** Hands the call over, or asks somebody in: from the controls of one's own call. */
export function Colleagues({ call }: { call: Call }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const [opened, setOpened] = useState(false);
  const close = () => setOpened(false);
  return (
    <>
      <Tooltip label={t('transfer.open')}>
        <ActionIcon size={46} radius="xl" variant="default" color="gray" onClick={() => setOpened(true)} aria-label={t('transfer.open')}>
          <IconUsers size={22} />
        </ActionIcon>
      </Tooltip>
      <Drawer opened={opened} onClose={close} position="right" size={460} title={<Text fw={620}>{t('transfer.open')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
        <Tabs defaultValue="transfer" keepMounted={false}>
          <Tabs.List grow mb="md">
            <Tabs.Tab value="transfer" leftSection={<IconArrowsExchange size={18} aria-hidden="true" />}>{t('transfer.title')}</Tabs.Tab>
            <Tabs.Tab value="invite" leftSection={<IconUserPlus size={18} aria-hidden="true" />}>{t('transfer.invite')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="transfer">
            <TransferForm call={call} onDone={close} />
          </Tabs.Panel>
          <Tabs.Panel value="invite">
            <Guests call={call} />
            <InviteForm call={call} onDone={close} />
          </Tabs.Panel>
        </Tabs>
      </Drawer>
    </>
  );
}

/** Who is in the call beside the two parties, and can be sent away. */
function Guests({ call }: { call: Call }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const say = useSay();
  const party = useParty(call.id);
  const end = useEndGuest(call.id);
  const guests = guestsNow(party.data);
  if (guests.length === 0) return null;
  return (
    <Stack gap="xs" component="ul" m={0} mb="lg" p={0} style={{ listStyle: 'none' }} aria-label={t('supervise.alsoHere')}>
      {guests.map((g) => (
        <Group key={`${g.agent_id} ${g.from}`} component="li" justify="space-between" wrap="nowrap">
          <div style={{ minWidth: 0 }}>
            <Text truncate>{g.agent_name}</Text>
            <Text size="sm" c="dimmed">
              {common(`call.third.${g.mode}`, { role: common(`call.thirdRole.${g.role}`) })}
              {!g.joined_at && ` · ${t('transfer.invited')}`}
            </Text>
          </div>
          {g.role !== 'supervisor' && (
            <Button size="xs" variant="default" onClick={() => end.mutate(g.agent_id, { onError: say.failed })} loading={end.isPending && end.variables === g.agent_id} aria-label={t('transfer.sendAwayOf', { name: g.agent_name })}>
              {t('transfer.sendAway')}
            </Button>
          )}
        </Group>
      ))}
    </Stack>
  );
}
