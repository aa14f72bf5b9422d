import { Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schema } from '@/api';
import { StateBadge, TimeText, toneOf } from '@/shared';
import { Facts } from '../parts/parts';
import parts from '../parts/parts.module.css';
import { useMay } from '../session/roles';

/** One message: each of its deliveries from our side to the provider's last word. */
export function MessageDetails({ message }: { message: Schema<'Message'> }) {
  const { t } = useTranslation('console');
  const may = useMay();
  const link = { color: 'var(--mantine-color-anchor)' };
  return (
    <>
      <Facts
        items={[
          [t('messages.class'), t(`messageClass.${message.class}`)],
          [t('word.language'), t(`language.${message.locale as 'en'}`, { defaultValue: message.locale })],
          [t('word.created'), <TimeText key="c" value={message.created_at} />],
          [t('messages.until'), <TimeText key="e" value={message.expires_at} />],
          [t('word.reference'), message.reference],
          [t('word.customer'), message.customer_id && may('listCustomers') && <Link key="l" style={link} to={`/customers/${message.customer_id}`}>{t('open')}</Link>],
          [t('word.case'), message.about_type === 'identification' && message.about_id && <Link key="i" style={link} to={`/identifications/${message.about_id}`}>{t('openCase')}</Link>],
        ]}
      />
      {message.deliveries.map((d) => (
        <section key={d.id} className={parts.section} aria-label={t(`channel.${d.channel}`)}>
          <Group justify="space-between" mb="sm">
            <Text fw={620}>{t(`channel.${d.channel}`)} <Text span c="dimmed"><bdi dir="ltr">{d.recipient}</bdi></Text></Text>
            <StateBadge state={d.state} />
          </Group>
          <ol className={parts.line}>
            <li><Entry text={t('messages.accepted')} at={d.created_at} /></li>
            {d.sent_at && <li data-tone="progress"><Entry text={t('messages.sent', { provider: d.provider })} at={d.sent_at} /></li>}
            {d.receipts.map((r, i) => (
              <li key={i} data-tone={toneOf(r.status)}>
                <Entry text={t('messages.receipt', { status: r.status })} at={r.at} more={r.error_code} />
              </li>
            ))}
            {d.finished_at && <li data-tone={toneOf(d.state)}><Entry text={t('messages.finished')} at={d.finished_at} more={d.error_code} /></li>}
          </ol>
          <Text size="sm" c="dimmed">
            {t('messages.attempts', { count: d.attempts })}
            {d.provider_id && <> · <span className={parts.mono}>{d.provider_id}</span></>}
          </Text>
        </section>
      ))}
    </>
  );
}

function Entry({ text, at, more }: { text: string; at: string; more?: string }) {
  return (
    <>
      <Text>{text}{more && <Text span c="dimmed"> · {more}</Text>}</Text>
      <Text size="sm" c="dimmed"><TimeText value={at} format="exact" /></Text>
    </>
  );
}
