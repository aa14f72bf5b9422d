import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ConsolePage } from '../frame/ConsolePage';
import { PathTabs } from '../parts/ActivityTabs';
import { useMay } from '../session/roles';

/** The frame of the administration's pages. Supervisors have the people and their hours, administrators everything. */
export function AdminPage({ actions, children }: { actions?: ReactNode; children: ReactNode }) {
  const { t } = useTranslation('console');
  const may = useMay();
  return (
    <ConsolePage title={t('nav.admin')} actions={actions}>
      <PathTabs
        label={t('nav.admin')}
        base="/admin"
        tabs={[
          { key: 'agents', title: t('admin.agents') },
          { key: 'hours', title: t('admin.hours') },
          { key: 'queues', title: t('admin.queues') },
          { key: 'holidays', title: t('admin.holidays') },
          { key: 'booking', title: t('admin.booking') },
          ...(may('administer')
            ? [
                { key: 'keys', title: t('admin.keys') },
                { key: 'texts', title: t('admin.texts') },
                { key: 'policy', title: t('admin.policy') },
                { key: 'routes', title: t('admin.routes') },
                { key: 'senders', title: t('admin.senders') },
                { key: 'clips', title: t('admin.clips') },
                { key: 'verifications', title: t('nav.verifications') },
                { key: 'bank', title: t('admin.bank') },
              ]
            : []),
        ]}
      />
      {children}
    </ConsolePage>
  );
}
