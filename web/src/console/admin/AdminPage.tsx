import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ConsolePage } from '../frame/ConsolePage';
import { PathGroups } from '../parts/PathNav';
import { useMay } from '../session/roles';

/** The frame of the administration's pages. Supervisors have the people and their hours, administrators everything. */
export function AdminPage({ actions, children }: { actions?: ReactNode; children: ReactNode }) {
  const { t } = useTranslation('console');
  const may = useMay();
  const groups = [
    { title: t('admin.group.people'), tabs: [{ key: 'agents', title: t('admin.agents') }, { key: 'hours', title: t('admin.hours') }, { key: 'holidays', title: t('admin.holidays') }] },
    { title: t('admin.group.calls'), tabs: [{ key: 'booking', title: t('admin.booking') }, { key: 'queues', title: t('admin.queues') }] },
  ];
  if (may('administer')) {
    groups.push(
      { title: t('admin.group.messages'), tabs: [{ key: 'texts', title: t('admin.texts') }, { key: 'clips', title: t('admin.clips') }, { key: 'policy', title: t('admin.policy') }, { key: 'routes', title: t('admin.routes') }, { key: 'senders', title: t('admin.senders') }, { key: 'chat-bot', title: t('chatBot.tab') }] },
      { title: t('admin.group.security'), tabs: [{ key: 'verifications', title: t('nav.verifications') }, { key: 'keys', title: t('admin.keys') }] },
      { title: t('admin.group.bank'), tabs: [{ key: 'bank', title: t('admin.bankSettings') }] },
    );
  }
  return (
    <ConsolePage title={t('nav.admin')} actions={actions}>
      <PathGroups label={t('nav.admin')} base="/admin" groups={groups}>{children}</PathGroups>
    </ConsolePage>
  );
}
