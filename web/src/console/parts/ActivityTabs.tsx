import { useTranslation } from 'react-i18next';
import { useMay } from '../session/roles';
import { PathTabs } from './PathNav';

/** Messages, webhooks, events: what has gone out and what has happened. */
export function ActivityTabs() {
  const { t } = useTranslation('console');
  const may = useMay();
  return (
    <PathTabs
      label={t('nav.activity')}
      base="/activity"
      tabs={[
        { key: 'messages', title: t('nav.messages') },
        { key: 'batches', title: t('nav.batches') },
        { key: 'verifications', title: t('nav.verifications') },
        { key: 'inbound', title: t('nav.inbound') },
        { key: 'opt-outs', title: t('nav.optOuts') },
        { key: 'providers', title: t('nav.providers') },
        ...(may('administer') ? [{ key: 'webhooks', title: t('nav.webhooks') }] : []),
        { key: 'events', title: t('nav.events') },
      ]}
    />
  );
}
