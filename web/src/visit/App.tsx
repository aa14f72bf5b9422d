import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { LoadingState } from '@/shared/components/states';
import { VisitShell } from '@/shared/components/VisitShell';

/** The visit page until its screens are here: it says that it loads, and claims nothing. */
export function App() {
  const { t } = useTranslation('visit');
  useEffect(() => {
    document.title = t('title');
  }, [t]);
  return (
    <VisitShell bankName="">
      <LoadingState />
    </VisitShell>
  );
}
