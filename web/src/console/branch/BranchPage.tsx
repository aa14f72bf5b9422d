import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconBuildingBank, IconQrcode } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, body, Problem } from '@/api';
import { EmptyState, ErrorState, LoadingState, TimeText, useLanguage } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { Failed, Section, useSay } from '../parts/parts';
import rows from '../parts/parts.module.css';
import { useMay } from '../session/roles';
import { bookingOf } from './codes';

/** Who waits in the branches, by number, and the check-in of customers who have booked. */
export function BranchPage() {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const may = useMay();
  const client = useQueryClient();
  const say = useSay();
  const [branch, setBranch] = useState('');
  const tickets = useQuery({
    queryKey: ['tickets', branch],
    refetchInterval: 15_000,
    queryFn: async () => (await body(api.GET('/v1/tickets', { params: { query: { state: 'waiting', limit: 100, ...(branch && { branch }) } } }))).items,
  });
  const number = new Intl.NumberFormat(intl, { useGrouping: false });
  const serve = useMutation({
    mutationFn: (id: string) => body(api.POST('/v1/tickets/{ticket_id}/serve', { params: { path: { ticket_id: id } }, body: {} })),
    onSuccess: (ticket) => {
      say.done(t('branch.called', { number: number.format(ticket.number) }));
      void client.invalidateQueries({ queryKey: ['tickets'] });
    },
  });
  const branches = [...new Set((tickets.data ?? []).map((x) => x.branch))];
  return (
    <ConsolePage title={t('branch.title')} actions={<Button component={Link} to="/queue" variant="default" size="xs">{t('branch.toQueue')}</Button>}>
      <Stack maw={860} gap="lg">
        {may('takeCalls') && <CheckIn />}
        <Section title={t('branch.waiting')}>
          <Stack>
            <Failed error={serve.error} />
            {(branches.length > 1 || branch) && <TextInput label={t('branch.branch')} description={t('branch.branchHelp')} maw={260} maxLength={64} dir="ltr" value={branch} onChange={(e) => setBranch(e.currentTarget.value.trim())} />}
            {!tickets.data ? (
              tickets.error ? <ErrorState error={tickets.error} onRetry={() => void tickets.refetch()} withDetail /> : <LoadingState />
            ) : tickets.data.length === 0 ? (
              <EmptyState title={t('branch.none')} icon={<IconBuildingBank size={24} stroke={1.6} />}>{t('branch.noneText')}</EmptyState>
            ) : (
              <ul className={rows.rows}>
                {tickets.data.map((x) => (
                  <li key={x.id}>
                    <div className={rows.rowText}>
                      <Text size="xl" fw={680} className="vv-numbers">{number.format(x.number)}</Text>
                      <Text>{x.customer_name ?? t('branch.unknown')}{x.booking_id && ` · ${t('branch.hasBooking')}`}</Text>
                      <Text size="sm" c="dimmed">{x.branch} · <TimeText value={x.issued_at} format="time" /></Text>
                    </div>
                    {may('takeCalls') && <Button size="xs" loading={serve.isPending && serve.variables === x.id} onClick={() => serve.mutate(x.id)} aria-label={`${t('branch.call')}: ${number.format(x.number)}`}>{t('branch.call')}</Button>}
                  </li>
                ))}
              </ul>
            )}
          </Stack>
        </Section>
      </Stack>
    </ConsolePage>
  );
}

/** Takes what a scanner types, or what a person does: the code of the customer's QR. */
function CheckIn() {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const field = useRef<HTMLInputElement>(null);
  const [code, setCode] = useState('');
  const [wrong, setWrong] = useState(false);
  const check = useMutation({
    mutationFn: (whole: string) => body(api.POST('/v1/bookings/{booking_id}/check-in', { params: { path: { booking_id: bookingOf(whole)! } }, body: { code: whole } })),
    onSuccess: () => {
      setCode('');
      field.current?.focus();
      for (const key of ['agenda', 'bookings', 'tickets']) void client.invalidateQueries({ queryKey: [key] });
    },
  });
  const why = check.error ? Problem.from(check.error).code : undefined;
  return (
    <Section title={t('branch.checkInTitle')}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          const whole = code.trim();
          setWrong(!bookingOf(whole));
          if (bookingOf(whole)) check.mutate(whole);
        }}
      >
        <Stack>
          <TextInput ref={field} label={t('branch.code')} description={t('branch.codeHelp')} dir="ltr" maxLength={200} autoComplete="off" leftSection={<IconQrcode size={18} aria-hidden="true" />} value={code} onChange={(e) => { setCode(e.currentTarget.value); setWrong(false); }} error={wrong ? t('branch.noCode') : undefined} />
          {why === 'too_early' ? <Text role="alert" c="red">{t('branch.tooEarly')}</Text> : why === 'code_not_valid' ? <Text role="alert" c="red">{t('branch.notValid')}</Text> : why === 'booking_closed' ? <Text role="alert" c="red">{t('branch.closed')}</Text> : <Failed error={check.error} />}
          {check.data && <Text role="status">{t('branch.checkedInAt')} <TimeText value={check.data.start} format="datetime" /></Text>}
          <Group justify="flex-end"><Button type="submit" loading={check.isPending} disabled={!code.trim()}>{t('branch.checkIn')}</Button></Group>
        </Stack>
      </form>
    </Section>
  );
}
