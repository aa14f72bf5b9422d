import { Tabs, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallHandle } from '@/shared/call';
import type { Call, Identification } from '../call/CallPage';
import { CustomerCard } from '../call/CustomerCard';
import { Script } from '../call/Script';
import { WrittenLines } from '../call/Written';
import { useScenario } from '../frame/scenarios';
import classes from '../call/call.module.css';

/** Beside the pictures, for a guest: the script as it stands, what was written, the customer. Nothing can be changed here. */
export function GuestPanel({ call, link, identification }: { call: Call; link: CallHandle; identification: Identification }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const scenario = useScenario(identification.scenario.id).data;
  const [tab, setTab] = useState<string | null>('script');
  return (
    <Tabs value={tab} onChange={setTab} className={classes.tabs} keepMounted={false}>
      <Tabs.List grow>
        <Tabs.Tab value="script">{t('call.script')}</Tabs.Tab>
        <Tabs.Tab value="chat">{t('call.chat')}</Tabs.Tab>
        <Tabs.Tab value="customer">{t('word.customer')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="script" className={classes.scroll}>
        <Text size="sm" c="dimmed" mb="sm">{t('supervise.readOnly')}</Text>
        <Script call={call} link={link} readOnly />
      </Tabs.Panel>
      <Tabs.Panel value="chat" className={classes.scroll}>
        {link.lines.length === 0 ? <Text c="dimmed">{common('call.chat.none')}</Text>
          : <WrittenLines callId={call.id} lines={link.lines} customerName={identification.customer.name} agentName={call.agent_name || t('word.agent')} />}
      </Tabs.Panel>
      <Tabs.Panel value="customer" className={classes.scroll}>
        <CustomerCard call={call} identification={identification} scenario={scenario} />
      </Tabs.Panel>
    </Tabs>
  );
}
