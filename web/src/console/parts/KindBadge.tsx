import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';

const colours: Record<Schema<'ScenarioKind'>, string> = { identify: 'gray', guide: 'petrol', advise: 'blue' };

/** What kind of service a case is. */
export function KindBadge({ kind }: { kind: Schema<'ScenarioKind'> }) {
  const { t } = useTranslation('console');
  return <Badge variant="light" color={colours[kind]} tt="none" fw={560} data-kind={kind}>{t(`kind.${kind}`)}</Badge>;
}
