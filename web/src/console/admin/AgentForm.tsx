import { Button, Group, Modal, MultiSelect, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { type Language, languageCodes } from '@/shared';
import { Failed } from '../parts/parts';
import { useMe } from '../session/session';

const roles: Schema<'Role'>[] = ['agent', 'supervisor', 'auditor', 'administrator'];

export interface AgentFormProps {
  opened: boolean;
  /** Changes this one instead of adding one. */
  agent?: Schema<'Agent'>;
  /** What else can be done with the agent. */
  deeds?: ReactNode;
  onClose: () => void;
  onCreated: (agent: Schema<'Agent'>) => void;
}

/** Adds a person, or changes one. The e-mail stays what it is. */
export function AgentForm({ opened, agent, deeds, onClose, onCreated }: AgentFormProps) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const form = useForm({
    initialValues: { email: '', name: '', role: 'agent' as Schema<'Role'>, languages: [] as Language[] },
    validate: { email: (v) => (agent || /^\S+@\S+$/.test(v.trim()) ? null : t('required')), name: (v) => (v.trim() ? null : t('required')) },
  });
  useEffect(() => {
    if (opened) form.setValues({ email: agent?.email ?? '', name: agent?.name ?? '', role: agent?.role ?? 'agent', languages: agent?.languages ?? [] });
    form.clearErrors();
  }, [opened, agent]);
  const save = useMutation({
    mutationFn: ({ email, name, role, languages }: typeof form.values) =>
      agent
        ? body(api.PATCH('/v1/agents/{agent_id}', { params: { path: { agent_id: agent.id } }, body: { name: name.trim(), role, languages } }))
        : body(api.POST('/v1/agents', { body: { email: email.trim(), name: name.trim(), role, languages } })),
    onSuccess: (saved) => {
      void client.invalidateQueries({ queryKey: ['agents'] });
      if (saved.id === me.agent.id) void client.invalidateQueries({ queryKey: ['session'] });
      onClose();
      if (!agent) onCreated(saved);
    },
    onError: (error) => form.setErrors(Problem.from(error).fieldErrors),
  });
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={620}>{agent ? agent.name : t('admin.invite')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
      <form onSubmit={form.onSubmit((v) => save.mutate(v))}>
        <Stack>
          <TextInput label={t('word.name')} required maxLength={200} data-autofocus {...form.getInputProps('name')} />
          <TextInput label={t('signIn.email')} type="email" dir="ltr" required={!agent} disabled={agent !== undefined} maxLength={254} {...form.getInputProps('email')} />
          <Select label={t('admin.role')} description={t(`admin.roleHelp.${form.values.role}`)} allowDeselect={false} disabled={agent?.id === me.agent.id} data={roles.map((value) => ({ value, label: t(`role.${value}`) }))} {...form.getInputProps('role')} />
          <MultiSelect label={t('admin.languages')} data={languageCodes.map((value) => ({ value, label: t(`language.${value}`) }))} {...form.getInputProps('languages')} />
          {deeds}
          <Failed error={save.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{common('action.cancel')}</Button>
            <Button type="submit" loading={save.isPending}>{agent ? common('action.save') : t('admin.inviteSubmit')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
