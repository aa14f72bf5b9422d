import { Badge, Button, Group, SegmentedControl, Stack } from '@mantine/core';
import { IconSettings } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { ErrorState, type Language, languageCodes, languages, LoadingState, StateBadge, useLanguage } from '@/shared';
import { AdminPage } from './AdminPage';
import classes from './admin.module.css';
import { TextEditor } from './TextEditor';
import { TextSettingsForm } from './TextSettingsForm';

/** The words of each message in each language, how far a change of them is, and how SMS are written. */
export function TextsPage() {
  const { t } = useTranslation('console');
  const own = useLanguage().language;
  const name = useTextName();
  const [locale, setLocale] = useState<Language>(own);
  const [key, setKey] = useState<string>();
  const [settings, setSettings] = useState(false);
  const texts = useQuery({ queryKey: ['texts', locale], queryFn: async () => (await body(api.GET('/v1/texts', { params: { query: { locale } } }))).items });
  const items = texts.data?.filter((x) => x.locale === locale);
  const shown = items?.find((x) => x.key === key) ?? items?.[0];
  return (
    <AdminPage>
      <Stack>
        <Group justify="space-between">
          <div style={{ overflowX: 'auto', maxWidth: '100%' }}>
            <SegmentedControl aria-label={t('word.language')} value={locale} onChange={(v) => setLocale(v as Language)} data={languageCodes.map((value) => ({ value, label: languages[value].name }))} />
          </div>
          <Button variant="default" leftSection={<IconSettings size={16} aria-hidden="true" />} onClick={() => setSettings(true)}>
            {t('texts.settings')}
          </Button>
        </Group>
        <TextSettingsForm opened={settings} onClose={() => setSettings(false)} />
        {!items ? (
          texts.error ? <ErrorState error={texts.error} onRetry={() => void texts.refetch()} withDetail /> : <LoadingState />
        ) : (
          <div className={classes.texts}>
            <ul className={classes.keys} aria-label={t('admin.texts')}>
              {items.map((x) => (
                <li key={x.key}>
                  <button type="button" className={classes.textKey} aria-current={x.key === shown?.key || undefined} onClick={() => setKey(x.key)}>
                    <span>{name(x.key)}</span>
                    <TextBadge text={x} />
                  </button>
                </li>
              ))}
            </ul>
            {shown && <TextEditor key={`${shown.key} ${shown.locale} ${shown.version} ${shown.open?.version} ${shown.open?.state}`} text={shown} title={name(shown.key)} />}
          </div>
        )}
      </Stack>
    </AdminPage>
  );
}

function TextBadge({ text }: { text: Schema<'Text'> }) {
  const { t } = useTranslation('console');
  if (text.open) {
    return (
      <StateBadge state={text.open.state} tone={text.open.state === 'draft' ? 'neutral' : 'warning'}>
        {t(`texts.life.${text.open.state as 'draft'}`)}
      </StateBadge>
    );
  }
  return text.custom ? (
    <Badge size="sm" variant="light" style={{ flex: 'none' }}>
      {t('texts.own')}
    </Badge>
  ) : null;
}

/** What a text is for: "booking_moved.push" is the push of the message booking_moved. */
function useTextName(): (key: string) => string {
  const { t } = useTranslation('console');
  return (key) => {
    const [template = '', channel] = key.split('.');
    const name = t(`template.${template as 'text'}`, { defaultValue: template });
    return channel ? `${name} · ${t(`channel.${channel as 'sms'}`, { defaultValue: channel })}` : name;
  };
}
