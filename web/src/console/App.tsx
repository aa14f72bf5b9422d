import { Center } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { LoadingState } from '@/shared/components/states';

/** The console until its pages are here: it says that it loads, and claims nothing. */
export function App() {
  const { t } = useTranslation('console');
  useEffect(() => {
    document.title = t('title');
  }, [t]);
  return (
    <Center mih="100dvh" component="main">
      <LoadingState />
    </Center>
  );
}
