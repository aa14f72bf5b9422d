import { Button, Modal, Stack, Text } from '@mantine/core';
import { IconHelpCircle, IconMessageCircle } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChat } from './Chat';
import classes from './visit.module.css';

/** The way to a person, for whoever cannot or will not go on alone. */
export function TalkToPerson({ bank }: { bank: string }) {
  const { t } = useTranslation('visit');
  const { t: common } = useTranslation();
  const chat = useChat();
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button
        variant="transparent"
        size="sm"
        h="auto"
        mih={44}
        className={classes.help}
        classNames={{ label: classes.wrap }}
        leftSection={<IconHelpCircle size={20} aria-hidden="true" />}
        onClick={() => setOpened(true)}
      >
        {t('help.button')}
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={<Text fw={620}>{t('help.title')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
        <Stack>
          <Text>{t('help.person', { bank })}</Text>
          <Text>{t('help.otherWay')}</Text>
          {chat && (
            <Button
              leftSection={<IconMessageCircle size={20} aria-hidden="true" />}
              onClick={() => {
                setOpened(false);
                chat.open();
              }}
            >
              {common('thread.open')}
            </Button>
          )}
          <Button variant="default" onClick={() => setOpened(false)}>{common('action.close')}</Button>
        </Stack>
      </Modal>
    </>
  );
}
