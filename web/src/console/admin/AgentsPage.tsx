import { Box, Button, Group, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, EmptyState, StateBadge, TimeText } from '@/shared';
import { useNumber } from '../parts/number';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import { OnceModal, useSay } from '../parts/parts';
import { useMay } from '../session/roles';
import { useMe } from '../session/session';
import { AdminPage } from './AdminPage';
import { skillName, teamSkills } from '../transfer/targets';
import { AgentForm } from './AgentForm';
import { SkillsForm } from './SkillsForm';

type Agent = Schema<'Agent'>;

/** The people at the bank: invite, change, disable. */
export function AgentsPage() {
  const { t } = useTranslation('console');
  const me = useMe();
  const may = useMay();
  const say = useSay();
  const client = useQueryClient();
  const number = useNumber();
  const [form, setForm] = useState<{ agent?: Agent }>();
  const [skilled, setSkilled] = useState<Agent>();
  const [invitation, setInvitation] = useState<string | null>();
  const list = useList<Agent>(['agents', 'list'], (cursor) => body(api.GET('/v1/agents', { params: { query: { limit: 100, cursor } } })));
  const refresh = () => void client.invalidateQueries({ queryKey: ['agents'] });
  const invite = async (agent: Agent) => {
    try {
      const made = await body(api.POST('/v1/agents/{agent_id}/invitation', { params: { path: { agent_id: agent.id } } }));
      setForm(undefined);
      setInvitation(made.url);
    } catch (error) {
      say.failed(error);
    }
  };
  const enable = async (agent: Agent, enabled: boolean) => {
    await api.PATCH('/v1/agents/{agent_id}', { params: { path: { agent_id: agent.id } }, body: { enabled } });
    setForm(undefined);
    refresh();
  };
  const admin = may('administer');
  const board = useQuery({ queryKey: ['wallboard'], queryFn: () => body(api.GET('/v1/wallboard')) }).data;
  const skillsOf = (id: string) => board?.agents.find((a) => a.agent_id === id)?.skills ?? [];
  const skillButton = (a: Agent) =>
    (a.role === 'agent' || a.role === 'supervisor') && (
      <Button size="xs" variant="default" aria-label={t('skills.of', { name: a.name })} onClick={() => { setForm(undefined); setSkilled(a); }}>{t('skills.title')}</Button>
    );
  const deeds = (a: Agent) => (
    <Group gap="xs" justify="flex-end">
      {skillButton(a)}
      {a.enabled && <Button size="xs" variant="default" onClick={() => void invite(a)}>{t(a.invited ? 'admin.inviteAgain' : 'admin.newPassword')}</Button>}
      {a.id !== me.agent.id && (a.enabled ? (
        <ConfirmButton size="xs" title={t('admin.disableTitle', { name: a.name })} message={t('admin.disableText')} onConfirm={() => enable(a, false)}>{t('disable')}</ConfirmButton>
      ) : (
        <ConfirmButton size="xs" color="petrol" title={t('admin.enableTitle', { name: a.name })} message={t('admin.enableText')} onConfirm={() => enable(a, true)}>{t('enable')}</ConfirmButton>
      ))}
    </Group>
  );
  return (
    <AdminPage actions={admin && <Button leftSection={<IconPlus size={18} aria-hidden="true" />} onClick={() => setForm({})}>{t('admin.invite')}</Button>}>
      <ListTable
        label={t('admin.agents')}
        list={list}
        onOpen={admin ? (agent) => setForm({ agent }) : undefined}
        columns={[
          {
            key: 'name',
            title: t('word.name'),
            render: (a) => (
              <Stack gap={0}>
                <span>{a.name}</span>
                <Text size="sm" c="dimmed" fw={400}><bdi dir="ltr">{a.email}</bdi></Text>
                <Text size="sm" c="dimmed" fw={400} hiddenFrom="sm">{t(`role.${a.role}`)}</Text>
              </Stack>
            ),
          },
          { key: 'role', title: t('admin.role'), wide: true, render: (a) => t(`role.${a.role}`) },
          { key: 'languages', title: t('admin.languages'), wide: true, render: (a) => a.languages.map((l) => t(`language.${l}`)).join(', ') },
          {
            key: 'skills',
            title: t('skills.title'),
            wide: admin,
            render: (a) => (
              <Group gap="xs" wrap="nowrap">
                {!admin && skillButton(a)}
                <Text size="sm" visibleFrom="sm">{skillsOf(a.id).map((s) => `${skillName(s.skill)} ${number(s.level)}`).join(', ')}</Text>
              </Group>
            ),
          },
          { key: 'state', title: t('word.state'), render: (a) => (a.invited && a.enabled ? <StateBadge state="pending">{t('admin.invited')}</StateBadge> : <StateBadge state={a.enabled ? 'enabled' : 'disabled'} />) },
          { key: 'created', title: t('word.created'), wide: true, render: (a) => <TimeText value={a.created_at} format="short" /> },
          ...(admin ? [{ key: 'deeds', title: t('admin.deeds'), wide: true, render: deeds }] : []),
        ]}
        empty={<EmptyState title={t('admin.noAgents')} />}
      />
      <AgentForm
        opened={form !== undefined}
        agent={form?.agent}
        deeds={form?.agent && <Box hiddenFrom="sm">{deeds(form.agent)}</Box>}
        onClose={() => setForm(undefined)}
        onCreated={(agent) => void invite(agent)}
      />
      <SkillsForm agent={skilled} known={teamSkills(board?.agents ?? []).map((s) => s.skill)} onClose={() => setSkilled(undefined)} />
      <OnceModal title={t('admin.invitation')} text={t('admin.invitationText')} value={invitation} onClose={() => setInvitation(undefined)} />
    </AdminPage>
  );
}
