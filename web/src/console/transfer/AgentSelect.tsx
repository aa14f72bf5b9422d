import { Group, Select, type SelectProps, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { StateBadge } from '@/shared';
import { skillName } from './targets';

export interface Candidate {
  agent: Schema<'AgentPresence'>;
  possible: boolean;
}

/** Chooses a colleague: what each is doing, speaks and can do stands beside the name. Who cannot be asked now is named below. */
export function AgentSelect({ candidates, ...select }: { candidates: readonly Candidate[] } & Omit<SelectProps, 'data' | 'renderOption'>) {
  const { t } = useTranslation('console');
  const by = new Map(candidates.map((c) => [c.agent.agent_id, c.agent]));
  const away = candidates.filter((c) => !c.possible).map((c) => c.agent.name);
  return (
    <>
      <Select
        searchable
        nothingFoundMessage={t('transfer.nobody')}
        {...select}
        data={candidates.filter((c) => c.possible).map(({ agent }) => ({ value: agent.agent_id, label: `${agent.name} – ${t(`presence.${agent.state}`)}` }))}
        renderOption={({ option }) => {
          const agent = by.get(option.value);
          if (!agent) return option.label;
          const can = [...agent.languages.map((l) => t(`language.${l}`)), ...(agent.skills ?? []).map((s) => skillName(s.skill))].join(', ');
          return (
            <Group justify="space-between" wrap="nowrap" w="100%">
              <div style={{ minWidth: 0 }}>
                <Text truncate>{agent.name}</Text>
                {can && <Text size="xs" c="dimmed" truncate>{can}</Text>}
              </div>
              <StateBadge state={agent.state}>{t(`presence.${agent.state}`)}</StateBadge>
            </Group>
          );
        }}
      />
      {away.length > 0 && <Text size="sm" c="dimmed">{t('transfer.notAtWork', { names: away.join(', ') })}</Text>}
    </>
  );
}
