import { Button, Stack, Text, Title } from '@mantine/core';
import { IconPrinter } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem, type Schema } from '@/api';
import { CodeInput, TimeText, useLanguage, useProblemText } from '@/shared';
import { codeOf, type Kiosk, proveNumber } from './kiosk';
import classes from './kiosk.module.css';

/** How long a number stays on the screen, seconds; while somebody types it stays longer. */
const stays = 45;

/** The number that was taken, its QR code, and the code of an SMS for those who gave their number. */
export function Numbered({ kiosk, ticket, onDone }: { kiosk: Kiosk; ticket: Schema<'Ticket'>; onDone: () => void }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const text = useProblemText();
  const heading = useRef<HTMLHeadingElement>(null);
  const [code, setCode] = useState('');
  const qr = useQuery({ queryKey: ['kiosk', ticket.id], staleTime: Infinity, gcTime: 0, queryFn: () => codeOf(kiosk, ticket.id) });
  const prove = useMutation({ mutationFn: (typed: string) => proveNumber(kiosk, ticket.id, typed), onSettled: () => setCode('') });
  useEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    const timer = setTimeout(onDone, (ticket.code_sent && !prove.data?.identified ? 4 : 1) * stays * 1000);
    return () => clearTimeout(timer);
  }, [onDone, ticket.code_sent, code, prove.data]);
  const problem = prove.error ? Problem.from(prove.error) : undefined;
  const ended = problem?.code === 'code_ended' || prove.data?.checks_left === 0;
  const wrong = ended ? t('kiosk.codeEnded') : problem ? text(problem) : prove.data && !prove.data.identified ? t('kiosk.codeWrong', { count: prove.data.checks_left }) : undefined;
  const number = new Intl.NumberFormat(intl, { useGrouping: false }).format(ticket.number);
  return (
    <Stack gap="md" align="center" className={classes.card} data-ticket>
      <Title order={1} size="h3" ref={heading} tabIndex={-1} ta="center">{t('kiosk.yours')}</Title>
      <div className={`${classes.number} vv-numbers`}>{number}</div>
      <Text c="dimmed"><bdi>{ticket.branch}</bdi> · <TimeText value={ticket.issued_at} format="time" /></Text>
      {qr.data && <img className={classes.code} src={qr.data} alt={t('kiosk.qr', { number })} />}
      <Text ta="center">{t('kiosk.wait')}</Text>
      {ticket.code_sent && (
        <div className={classes.prove}>
          {prove.data?.identified ? <Text role="status" ta="center" fw={560}>{t('kiosk.known')}</Text>
            : ended ? <Text role="alert" ta="center">{wrong}</Text>
            : (
              <Stack align="center" gap="xs">
                <Text ta="center" size="sm">{t('kiosk.codeHelp')}</Text>
                <CodeInput label={t('kiosk.code')} value={code} onChange={setCode} onComplete={(typed) => prove.mutate(typed)} disabled={prove.isPending} error={wrong} />
              </Stack>
            )}
        </div>
      )}
      <div className={classes.buttons}>
        <Button size="lg" variant="default" leftSection={<IconPrinter size={22} aria-hidden="true" />} onClick={() => window.print()}>{t('kiosk.print')}</Button>
        <Button size="lg" onClick={onDone}>{t('kiosk.done')}</Button>
      </div>
    </Stack>
  );
}
