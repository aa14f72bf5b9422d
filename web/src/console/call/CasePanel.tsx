import { Badge, Tabs } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { type CallHandle, Chat, useUnread } from '@/shared/call';
import { VerdictBar } from '../verdict/VerdictBar';
import type { Call, Identification } from './CallPage';
import { CustomerCard } from './CustomerCard';
import { FilePreview, Written } from './Written';
import { Notes } from './Notes';
import { Script } from './Script';
import { HandOverNote } from '../transfer/HandOverNote';
import classes from './call.module.css';

/** Beside the picture: the script, the customer, the notes, and the verdict below all of them. */
export function CasePanel({ call, link, identification, scenario }: { call: Call; link: CallHandle; identification: Identification; scenario: Schema<'Scenario'> | undefined }) {
  const { t } = useTranslation('console');
  // Guidance and advice have no script, but a code at most.
  const led = call.steps.length > 0;
  const [tab, setTab] = useState<string | null>(call.state === 'active' && led ? 'script' : 'customer');
  const { t: common } = useTranslation();
  const unread = useUnread(link.lines, 'agent', tab === 'chat');
  const [seen, setSeen] = useState(call.state);
  if (seen !== call.state) {
    setSeen(call.state);
    if (call.state === 'active' && led) setTab('script');
  }
  return (
    <>
      {call.state === 'active' && call.transfer && <div className={classes.note}><HandOverNote call={call} /></div>}
      <Tabs value={tab} onChange={setTab} className={classes.tabs} keepMounted={false}>
        <Tabs.List grow>
          {led && <Tabs.Tab value="script">{t('call.script')}</Tabs.Tab>}
          <Tabs.Tab
            value="chat"
            rightSection={unread > 0 ? <Badge size="sm" circle color="red.8" aria-label={common('call.chat.unread', { count: unread })}>{unread}</Badge> : undefined}
          >
            {t('call.chat')}
          </Tabs.Tab>
          <Tabs.Tab value="customer">{t('word.customer')}</Tabs.Tab>
          <Tabs.Tab value="notes">{t('call.notes')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="script" className={classes.scroll}>
          <Script call={call} link={link} />
        </Tabs.Panel>
        <Tabs.Panel value="chat" className={classes.chatPanel}>
          {call.state === 'active' ? (
            <Chat
              call={link}
              callId={call.id}
              role="agent"
              peerName={identification.customer.name}
              quick={[t('call.quick.light'), t('call.quick.still'), t('call.quick.hear'), t('call.quick.moment')]}
              renderFile={(line) => <FilePreview callId={call.id} line={line} />}
            />
          ) : (
            <Written callId={call.id} customerName={identification.customer.name} agentName={call.agent_name || t('word.agent')} />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="customer" className={classes.scroll}>
          <CustomerCard call={call} identification={identification} scenario={scenario} />
        </Tabs.Panel>
        <Tabs.Panel value="notes" className={classes.scroll}>
          <Notes key={call.id} call={call} />
        </Tabs.Panel>
      </Tabs>
      {call.state === 'active' && <VerdictBar identification={identification} call={call} definition={scenario?.definition} />}
    </>
  );
}
