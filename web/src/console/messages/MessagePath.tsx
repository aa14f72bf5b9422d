import { Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { StateBadge, TimeText, toneOf } from '@/shared';
import parts from '../parts/parts.module.css';
import { type PathStep, pathOf } from './path';
import { useCodeWords, useReceiptWords, useWhy } from './words';
import classes from './messages.module.css';

/** The steps of a message's way: what was planned, what was sent, what came back, and why it went on. */
export function MessagePath({ message }: { message: Schema<'Message'> }) {
  const { t } = useTranslation('console');
  const path = pathOf(message);
  return (
    <ol className={classes.path}>
      {path.map((s, i) => (
        <li key={s.step} className={parts.section}>
          <Group justify="space-between" mb={6}>
            <Text size="sm" c="dimmed">{t('path.step', { step: s.step })}</Text>
            {s.state !== 'done' && <StateBadge state={s.state} tone={s.state === 'next' ? 'info' : 'neutral'}>{t(`path.state.${s.state}`)}</StateBadge>}
          </Group>
          {s.targets.map(({ id, target, delivery }) => (
            <Target key={id} target={target} delivery={delivery} waits={s.state !== 'done'} />
          ))}
          {s.due && <Text size="sm" mt="xs">{t('path.due')} <TimeText value={s.due} format="exact" /></Text>}
          <Onward step={s} isLast={i === path.length - 1} />
        </li>
      ))}
    </ol>
  );
}

function Target({ target, delivery: d, waits }: { target: PathStep['targets'][number]['target']; delivery: PathStep['targets'][number]['delivery']; waits: boolean }) {
  const { t } = useTranslation('console');
  const code = useCodeWords();
  const receipt = useReceiptWords();
  const why = useWhy();
  const channel = d?.channel ?? target?.channel;
  const recipient = d?.recipient ?? target?.recipient;
  const reason = d?.why || target?.why;
  if (!channel) return null;
  return (
    <div className={classes.target}>
      <Group justify="space-between" gap="xs">
        <Text component="h4" fw={620}>
          {t(`channel.${channel}`)} {recipient && <Text span c="dimmed" fw={400}><bdi dir="ltr">{recipient}</bdi></Text>}
        </Text>
        {d && !waits && <StateBadge state={d.state} />}
      </Group>
      <Text size="sm" c="dimmed">
        <bdi>{d?.provider ?? target?.provider}</bdi>
        {target?.from && <> · {t('path.from')} <bdi dir="ltr">{target.from}</bdi></>}
        {' · '}{t('path.why')} {why(reason ?? '')}
      </Text>
      {d && !waits && (
        <>
          <ol className={`${parts.line} ${classes.line}`}>
            <li><Entry text={t('path.taken')} at={d.created_at} /></li>
            {d.sent_at && <li data-tone="progress"><Entry text={t('messages.sent', { provider: `\u2068${d.provider}\u2069` })} at={d.sent_at} /></li>}
            {d.receipts.map((r, i) => (
              <li key={i} data-tone={toneOf(r.status)}>
                <Entry text={t('messages.receipt', { status: receipt(r.status) })} at={r.at} code={r.error_code} words={code} />
              </li>
            ))}
            {d.finished_at && <li data-tone={toneOf(d.state)}><Entry text={t('messages.finished')} at={d.finished_at} code={d.error_code} words={code} /></li>}
            {!d.finished_at && d.error_code === 'quiet_hours' && <li>{t('path.quietNow')}</li>}
            {!d.finished_at && d.error_code && d.error_code !== 'quiet_hours' && <li data-tone="negative"><Words code={d.error_code} words={code} /></li>}
          </ol>
          <Text size="sm" c="dimmed">
            {t('messages.attempts', { count: d.attempts })}
            {d.provider_id && <> · <span className={parts.mono}>{d.provider_id}</span></>}
          </Text>
          {d.duplicate && <Text size="sm">{t(`messages.duplicate.${d.duplicate}`)}</Text>}
        </>
      )}
    </div>
  );
}

function Entry({ text, at, code, words }: { text: string; at: string; code?: string; words?: (code: string) => string }) {
  return (
    <>
      <Text>{text}</Text>
      {code && words && <Words code={code} words={words} />}
      <Text size="sm" c="dimmed"><TimeText value={at} format="exact" /></Text>
    </>
  );
}

/** What the code means, then the code itself. */
function Words({ code, words }: { code: string; words: (code: string) => string }) {
  return <Text size="sm">{words(code)} <span className={parts.mono}>({code})</span></Text>;
}

/** Why the next step was taken, or on what it would be. */
function Onward({ step, isLast }: { step: PathStep; isLast: boolean }) {
  const { t } = useTranslation('console');
  if (step.turn) {
    return <Text size="sm" mt="xs" className={classes.turn}>{t(`path.turn.${step.turn}`, { seconds: step.waitSeconds ?? 0 })}</Text>;
  }
  if (isLast || step.on.length === 0 || step.state === 'unused') return null;
  const on = step.on.filter((o) => (o !== 'no_receipt' && o !== 'not_met') || step.waitSeconds);
  if (on.length === 0) return null;
  return <Text size="sm" c="dimmed" mt="xs">{t('path.givesWay')} {on.map((o) => t(`path.on.${o}`, { seconds: step.waitSeconds ?? 0 })).join(' · ')}</Text>;
}
