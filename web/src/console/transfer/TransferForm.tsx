import { Alert, Button, Radio, SegmentedControl, Select, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem } from '@/api';
import { ErrorState, LoadingState } from '@/shared';
import type { Call } from '../call/CallPage';
import { useTeam } from '../frame/presence';
import { Failed } from '../parts/parts';
import { useMe } from '../session/session';
import { AgentSelect } from './AgentSelect';
import { skillName, teamSkills, transferTargets } from './targets';

/** To whom the call is handed, and whether they are spoken to first. */
export function TransferForm({ call, onDone }: { call: Call; onDone: () => void }) {
  const { t } = useTranslation('console');
  const me = useMe();
  const client = useQueryClient();
  const team = useTeam();
  const [to, setTo] = useState<'agent' | 'skill'>('agent');
  const [agent, setAgent] = useState<string | null>(null);
  const [skill, setSkill] = useState<string | null>(null);
  const [warm, setWarm] = useState('warm');
  const [note, setNote] = useState('');
  const ask = useMutation({
    mutationFn: () =>
      body(api.POST('/v1/calls/{call_id}/transfer', {
        params: { path: { call_id: call.id } },
        body: { ...(to === 'agent' ? { agent_id: agent! } : { skill: skill! }), warm: warm === 'warm', note: note.trim() },
      })),
    onSuccess: onDone,
    onSettled: () => {
      for (const key of [['calls', call.id], ['presence'], ['queue']]) void client.invalidateQueries({ queryKey: key });
    },
  });
  if (!team.data) return team.error ? <ErrorState error={team.error} onRetry={() => void team.refetch()} withDetail /> : <LoadingState />;
  if (call.transfer && call.transfer.state !== 'done') return <Alert color="yellow">{t('transfer.pending')}</Alert>;
  const candidates = transferTargets(team.data, me.agent.id);
  const skills = teamSkills(team.data, me.agent.id);
  const why = ask.error ? Problem.from(ask.error).code : '';
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        ask.mutate();
      }}
    >
      <Stack>
        <SegmentedControl fullWidth value={to} onChange={(v) => setTo(v as 'agent')} aria-label={t('transfer.to')} data={[{ value: 'agent', label: t('transfer.toAgent') }, { value: 'skill', label: t('transfer.toSkill') }]} />
        {to === 'agent' ? (
          <AgentSelect label={t('transfer.colleague')} description={t('transfer.colleagueHelp')} candidates={candidates} value={agent} onChange={setAgent} />
        ) : skills.length > 0 ? (
          <Select label={t('transfer.skill')} description={t('transfer.skillHelp')} value={skill} onChange={setSkill} data={skills.map((s) => ({ value: s.skill, label: `${skillName(s.skill)} – ${t('transfer.readyOf', { ready: s.ready, total: s.total })}` }))} />
        ) : (
          <Text c="dimmed">{t('transfer.noSkills')}</Text>
        )}
        <Radio.Group label={t('transfer.how')} value={warm} onChange={setWarm}>
          <Stack gap="xs" mt="xs">
            <Radio value="warm" label={t('transfer.warm')} description={t('transfer.warmHelp')} />
            <Radio value="cold" label={t('transfer.cold')} description={t('transfer.coldHelp')} />
          </Stack>
        </Radio.Group>
        <Textarea label={t('transfer.note')} description={t('transfer.noteHelp')} maxLength={1000} autosize minRows={3} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
        {why === 'agent_away' || why === 'telephone_missing' ? <Alert color="yellow" role="alert">{t(why === 'agent_away' ? 'transfer.away' : 'transfer.noTelephone')}</Alert> : <Failed error={ask.error} />}
        <Button type="submit" loading={ask.isPending} disabled={to === 'agent' ? !agent : !skill}>{t('transfer.ask')}</Button>
      </Stack>
    </form>
  );
}
