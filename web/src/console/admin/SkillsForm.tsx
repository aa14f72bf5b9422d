import { ActionIcon, Alert, Autocomplete, Button, Group, Modal, NumberInput, Stack, Text, VisuallyHidden } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { ErrorState, LoadingState } from '@/shared';
import { Failed, useSay } from '../parts/parts';
import { skillName } from '../transfer/targets';
import { addSkill, skillKey } from './skills';

type Skill = Schema<'AgentSkill'>;

/** What an agent is able to do, and how well; the languages beside it, which are set with the person. */
export function SkillsForm({ agent, known, onClose }: { agent: Schema<'Agent'> | undefined; known: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const skills = useQuery({
    queryKey: ['agents', agent?.id, 'skills'],
    enabled: agent !== undefined,
    queryFn: () => body(api.GET('/v1/agents/{agent_id}/skills', { params: { path: { agent_id: agent!.id } } })),
  });
  return (
    <Modal opened={agent !== undefined} onClose={onClose} size="lg" title={<Text fw={620}>{agent ? t('skills.of', { name: agent.name }) : ''}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
      {agent && (skills.data ? <Editor key={JSON.stringify(skills.data)} agent={agent} saved={skills.data.skills} known={known} onClose={onClose} />
        : skills.error ? <ErrorState error={skills.error} onRetry={() => void skills.refetch()} withDetail /> : <LoadingState />)}
    </Modal>
  );
}

function Editor({ agent, saved, known, onClose }: { agent: Schema<'Agent'>; saved: Skill[]; known: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const say = useSay();
  const [skills, setSkills] = useState(saved);
  const [fresh, setFresh] = useState('');
  const save = useMutation({
    mutationFn: () => body(api.PUT('/v1/agents/{agent_id}/skills', { params: { path: { agent_id: agent.id } }, body: { skills } })),
    onSuccess: (next) => {
      client.setQueryData(['agents', agent.id, 'skills'], next);
      for (const key of ['wallboard', 'presence']) void client.invalidateQueries({ queryKey: [key] });
      say.done(t('saved'));
      onClose();
    },
  });
  const key = skillKey(fresh);
  const add = () => {
    if (!key) return;
    setSkills((all) => addSkill(all, key));
    setFresh('');
  };
  const valid = skills.every((s) => Number.isInteger(s.level) && s.level >= 1 && s.level <= 10);
  return (
    <Stack>
      <Text size="sm">
        {t('admin.languages')}: {agent.languages.length > 0 ? agent.languages.map((l) => t(`language.${l}`)).join(', ') : t('skills.anyLanguage')}
      </Text>
      {skills.length === 0 ? <Text c="dimmed">{t('skills.none')}</Text> : (
        <Stack gap="xs" component="ul" m={0} p={0} style={{ listStyle: 'none' }} aria-label={t('skills.title')}>
          {skills.map((s, i) => (
            <Group key={s.skill} component="li" wrap="nowrap" align="center">
              <Text style={{ flex: 1, minWidth: 0, overflowWrap: 'anywhere' }} dir="auto">{skillName(s.skill)}</Text>
              <NumberInput
                w={110}
                aria-label={t('skills.levelOf', { skill: skillName(s.skill) })}
                min={1}
                max={10}
                clampBehavior="strict"
                allowDecimal={false}
                allowNegative={false}
                value={s.level}
                onChange={(v) => setSkills((all) => all.map((one, j) => (j === i ? { ...one, level: Number(v) } : one)))}
              />
              <ActionIcon variant="subtle" color="red" aria-label={t('skills.removeOf', { skill: skillName(s.skill) })} onClick={() => setSkills((all) => all.filter((_, j) => j !== i))}>
                <IconTrash size={18} aria-hidden="true" />
              </ActionIcon>
            </Group>
          ))}
        </Stack>
      )}
      <Group align="flex-end" wrap="nowrap">
        <Autocomplete
          style={{ flex: 1 }}
          label={t('skills.add')}
          description={t('skills.addHelp')}
          value={fresh}
          maxLength={63}
          onChange={setFresh}
          data={known.filter((k) => !skills.some((s) => s.skill === k))}
          error={fresh && !key ? t('skills.shape') : undefined}
          onKeyDown={(e) => {
            if (e.key !== 'Enter' || e.nativeEvent.isComposing) return;
            e.preventDefault();
            add();
          }}
        />
        <Button variant="default" leftSection={<IconPlus size={18} aria-hidden="true" />} disabled={!key} onClick={add}>
          {t('skills.addOne')}
        </Button>
      </Group>
      <VisuallyHidden role="status">{t('skills.count', { count: skills.length })}</VisuallyHidden>
      <Alert color="gray" py="xs">{t('skills.levels')}</Alert>
      <Failed error={save.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>{common('action.cancel')}</Button>
        <Button onClick={() => save.mutate()} loading={save.isPending} disabled={!valid || JSON.stringify(skills) === JSON.stringify(saved)}>{common('action.save')}</Button>
      </Group>
    </Stack>
  );
}
