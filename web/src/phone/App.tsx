import { Center } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { LoadingState } from '@/shared/components/states';

/** The simulated phone until its screens are here: it says that it loads, and claims nothing. */
export function App() {
  const { t } = useTranslation('phone');
  useEffect(() => {
    document.title = t('title');
  }, [t]);
  return (
    <Center mih="100dvh" component="main">
      <LoadingState />
    </Center>
  );
}
