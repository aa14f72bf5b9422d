import { Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { TimeText } from '@/shared';
import { Facts } from '../parts/parts';
import parts from '../parts/parts.module.css';
import classes from './phonecalls.module.css';
import { Recordings } from './Recordings';
import { usePhoneWords } from './words';

/** The way of a call through its flow: each step, what was keyed in and how long it took; then what it collected. */
export function CallSteps({ detail }: { detail: Schema<'PhoneCallDetail'> }) {
  const { t } = useTranslation('voice');
  const words = usePhoneWords();
  const { path, answers, recordings } = detail;
  return (
    <>
      {path.length > 0 && (
        <section aria-label={t('calls.path')}>
          <Title order={3} size="h5" mb="xs">{t('calls.path')}</Title>
          <ol className={parts.line}>
            {path.map((s) => (
              <li key={s.position} data-tone={s.left_at ? 'positive' : 'progress'}>
                <div className={classes.step}>
                  <b>{words.kind(s.kind)}</b> <bdi className={parts.mono}>{s.step}</bdi>
                </div>
                {s.secret ? <Text size="sm">{t('calls.keys')}: <span aria-label={t('calls.secretKeys')}>•••</span></Text>
                  : s.keys !== undefined && <Text size="sm">{t('calls.keys')}: <bdi className="vv-numbers" dir="ltr">{s.keys}</bdi></Text>}
                <Text size="sm" c="dimmed">
                  <TimeText value={s.entered_at} format="exact" />
                  {s.milliseconds !== undefined && <> · {words.took(s.milliseconds)}</>}
                </Text>
              </li>
            ))}
          </ol>
        </section>
      )}
      {answers.length > 0 && (
        <section aria-label={t('calls.answers')}>
          <Title order={3} size="h5" mb="xs">{t('calls.answers')}</Title>
          <Facts items={answers.map((a) => [a.question, <bdi key={a.question}>{a.answer}</bdi>])} />
        </section>
      )}
      {recordings.length > 0 && <Recordings callId={detail.phone_call.id} recordings={recordings} />}
    </>
  );
}
