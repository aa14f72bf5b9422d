import { Drawer, Select, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { EmptyState, PhoneText, StateBadge, TimeText } from '@/shared';
import { ListTable } from '../parts/ListTable';
import { useNumber } from '../parts/number';
import { useList } from '../parts/pages';
import { Section } from '../parts/parts';
import parts from '../parts/parts.module.css';
import { PhoneCallDetails } from '../phonecalls/PhoneCallDetails';
import { usePhoneWords } from '../phonecalls/words';
import { type ContactState, contactStates, type Outcome, outcomes, toneOfOutcome } from './words';

/** Everybody on the list, and what became of each. */
export function Contacts({ campaignId }: { campaignId: string }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const { t: common } = useTranslation();
  const number = useNumber();
  const words = usePhoneWords();
  const [state, setState] = useState<ContactState | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [call, setCall] = useState<string>();
  const filter = { state: state ?? undefined, outcome: outcome ?? undefined };
  const list = useList<Schema<'CampaignContact'>>(['campaigns', campaignId, 'contacts', filter], (cursor) =>
    body(api.GET('/v1/campaigns/{campaign_id}/contacts', { params: { path: { campaign_id: campaignId }, query: { ...filter, limit: 50, cursor } } })),
  );
  return (
    <Section title={t('contacts.title')}>
      <div className={parts.filters} role="search">
        <Select label={c('word.state')} placeholder={c('all')} clearable value={state} onChange={(v) => setState(v as ContactState | null)} data={contactStates.map((value) => ({ value, label: t(`contactState.${value}`) }))} />
        <Select label={t('progress.outcome')} placeholder={c('all')} clearable value={outcome} onChange={(v) => setOutcome(v as Outcome | null)} data={outcomes.map((value) => ({ value, label: t(`outcome.${value}`) }))} />
      </div>
      <ListTable
        label={t('contacts.title')}
        list={list}
        onOpen={(x) => setCall(x.phone_call_id)}
        opens={(x) => x.phone_call_id !== undefined}
        columns={[
          { key: 'phone', title: c('word.phone'), render: (x) => <PhoneText value={x.phone} /> },
          { key: 'state', title: c('word.state'), render: (x) => (x.outcome ? <StateBadge state={x.outcome} tone={toneOfOutcome(x.outcome)}>{t(`outcome.${x.outcome}`)}</StateBadge> : <StateBadge state={x.state} tone={x.state === 'calling' ? 'progress' : 'info'}>{t(`contactState.${x.state}`)}</StateBadge>) },
          { key: 'detail', title: t('progress.word'), wide: true, render: (x) => x.detail && <bdi>{words.outcome(x.detail)}</bdi> },
          { key: 'reference', title: c('word.reference'), wide: true, render: (x) => <bdi>{x.reference}</bdi> },
          { key: 'calls', title: t('tab.calls'), render: (x) => <span className="vv-numbers">{number(x.calls)}</span> },
          { key: 'next', title: t('contacts.next'), wide: true, render: (x) => x.next_at && x.state !== 'done' && <TimeText value={x.next_at} format="short" /> },
          { key: 'ended', title: t('contacts.ended'), wide: true, render: (x) => x.ended_at && <TimeText value={x.ended_at} format="short" /> },
        ]}
        empty={<EmptyState title={t('contacts.none')}>{state || outcome ? t('contacts.noneFilter') : t('contacts.noneText')}</EmptyState>}
      />
      <Drawer opened={call !== undefined} onClose={() => setCall(undefined)} position="right" size={520} closeButtonProps={{ 'aria-label': common('action.close') }} title={<Text fw={620}>{t('calls.last')}</Text>}>
        {call && <PhoneCallDetails key={call} id={call} />}
      </Drawer>
    </Section>
  );
}
