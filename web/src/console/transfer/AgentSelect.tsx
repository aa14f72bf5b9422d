import { Group, Select, type SelectProps, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { StateBadge } from '@/shared';
import { skillName } from './targets';

export interface Candidate {
  agent: Schema<'AgentPresence'>;
  possible: boolean;
}

/** Chooses a colleague: what each is doing, speaks and can do stands beside the name. */
export function AgentSelect({ candidates, ...select }: { candidates: readonly Candidate[] } & Omit<SelectProps, 'data' | 'renderOption'>) {
  const { t } = useTranslation('console');
  const by = new Map(candidates.map((c) => [c.agent.agent_id, c.agent]));
  return (
    <Select
      searchable
      nothingFoundMessage={t('transfer.nobody')}
      {...select}
      data={candidates.map(({ agent, possible }) => ({ value: agent.agent_id, label: `${agent.name} – ${t(`presence.${agent.state}`)}`, disabled: !possible }))}
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
  );
}
