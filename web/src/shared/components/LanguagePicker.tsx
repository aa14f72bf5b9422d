import { Button, Menu } from '@mantine/core';
import { IconCheck, IconLanguage } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type Language, languageCodes, languages, pickLanguage, useLanguage } from '../i18n';

/** The six languages, each by its own name. */
export function LanguageItems({ onPick = pickLanguage }: { onPick?: (language: Language) => void }) {
  const { language } = useLanguage();
  return languageCodes.map((code) => (
    <Menu.Item
      key={code}
      lang={code}
      dir={languages[code].dir}
      aria-current={code === language || undefined}
      rightSection={code === language ? <IconCheck size={16} aria-hidden="true" /> : undefined}
      onClick={() => onPick(code)}
    >
      {languages[code].name}
    </Menu.Item>
  ));
}

export interface LanguagePickerProps {
  /** Instead of only showing and remembering the choice, for instance to tell the server too. */
  onPick?: (language: Language) => void;
}

/** A button that names the language being shown and opens the choice of the others. */
export function LanguagePicker({ onPick }: LanguagePickerProps) {
  const { t } = useTranslation();
  const { language } = useLanguage();
  return (
    <Menu position="bottom-end" shadow="md" width={200}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="sm"
          h={44}
          px="sm"
          leftSection={<IconLanguage size={18} stroke={1.7} aria-hidden="true" />}
          aria-label={`${t('language.label')}: ${languages[language].name}`}
        >
          {languages[language].name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <LanguageItems onPick={onPick} />
      </Menu.Dropdown>
    </Menu>
  );
}
