import { Select, SimpleGrid, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type Field, fields, type Mapping, type problemOf } from './columns';

export interface ColumnsProps {
  /** Fields and the flow's variables. */
  targets: readonly string[];
  /** The variables that the flow cannot do without. */
  needs: readonly string[];
  headers: string[];
  mapping: Mapping;
  problem: ReturnType<typeof problemOf>;
  disabled: boolean;
  onChange: (target: string, header: string) => void;
}

/** Says which column of a file is what. */
export function Columns({ targets, needs, headers, mapping, problem, disabled, onChange }: ColumnsProps) {
  const { t } = useTranslation('voice');
  const unique = [...new Set(headers)];
  return (
    <div role="group" aria-label={t('columns.title')}>
      <Text fw={560}>{t('columns.title')}</Text>
      <Text size="sm" c="dimmed" mb="xs">{t('columns.help')}</Text>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
        {targets.map((target) => (
          <Select
            key={target}
            label={fields.includes(target as Field) ? t(`columns.field.${target as Field}`) : t('columns.variable', { name: `\u2066${target}\u2069` })}
            withAsterisk={needs.includes(target)}
            placeholder={t('columns.none')}
            clearable
            clearButtonProps={{ 'aria-label': t('columns.clear') }}
            searchable
            disabled={disabled}
            data={unique}
            value={mapping[target] || null}
            onChange={(v) => onChange(target, v ?? '')}
          />
        ))}
      </SimpleGrid>
      {problem && <Text size="sm" mt="xs" role="alert" c="var(--vv-negative-fg)">{t(`columns.problem.${problem}`)}</Text>}
    </div>
  );
}
