import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ConsolePage } from '../frame/ConsolePage';
import { PathTabs } from '../parts/PathNav';

/** The frame of the pages about the telephone: campaigns, flows, phone calls. */
export function TelephonePage({ actions, children }: { actions?: ReactNode; children: ReactNode }) {
  const { t } = useTranslation('voice');
  return (
    <ConsolePage title={t('telephone')} actions={actions}>
      <PathTabs
        label={t('telephone')}
        base="/telephone"
        tabs={[
          { key: 'campaigns', title: t('tab.campaigns') },
          { key: 'flows', title: t('tab.flows') },
          { key: 'calls', title: t('tab.calls') },
        ]}
      />
      {children}
    </ConsolePage>
  );
}
