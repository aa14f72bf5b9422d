import { Alert, Button, Group, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconPhone, IconTicket } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem, type Schema } from '@/api';
import { ConfirmButton, LanguagePicker, Logo, useProblemText } from '@/shared';
import classes from './kiosk.module.css';
import { branchShape, keepKiosk, type Kiosk, readKiosk, takeNumber, type Who } from './kiosk';
import { Numbered } from './Numbered';

/** The screen in a branch where customers take a number. No one is signed in: it acts by a key of its own. */
export function KioskPage() {
  const { t } = useTranslation('console');
  const [kiosk, setKiosk] = useState(readKiosk);
  useEffect(() => {
    document.title = t('kiosk.title');
  }, [t]);
  const change = (next: Kiosk | null) => {
    keepKiosk(next);
    setKiosk(next);
  };
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <Logo />
        <LanguagePicker />
      </header>
      <main className={classes.main}>{kiosk ? <Stand kiosk={kiosk} onEnd={() => change(null)} /> : <SetUp onDone={change} />}</main>
      {kiosk && (
        <footer className={classes.footer}>
          <Text size="sm" c="dimmed">{t('kiosk.branch')}: <bdi>{kiosk.branch}</bdi></Text>
          <ConfirmButton size="compact-sm" variant="subtle" color="gray" title={t('kiosk.endTitle')} message={t('kiosk.endText')} onConfirm={() => change(null)}>{t('kiosk.end')}</ConfirmButton>
        </footer>
      )}
    </div>
  );
}

/** By whoever puts it up: the key and the branch stay in this browser. */
function SetUp({ onDone }: { onDone: (kiosk: Kiosk) => void }) {
  const { t } = useTranslation('console');
  const [key, setKey] = useState('');
  const [branch, setBranch] = useState('');
  const [tried, setTried] = useState(false);
  const wrongBranch = !branchShape.test(branch.trim());
  return (
    <form
      noValidate
      className={classes.card}
      onSubmit={(e) => {
        e.preventDefault();
        setTried(true);
        if (key.trim() && !wrongBranch) onDone({ key: key.trim(), branch: branch.trim() });
      }}
    >
      <Stack>
        <Title order={1} size="h2">{t('kiosk.setUp')}</Title>
        <Text c="dimmed">{t('kiosk.setUpText')}</Text>
        <PasswordInput label={t('admin.key')} withAsterisk dir="ltr" autoComplete="off" maxLength={200} value={key} onChange={(e) => setKey(e.currentTarget.value)} error={tried && !key.trim() ? t('required') : undefined} />
        <TextInput label={t('kiosk.branch')} description={t('kiosk.branchHelp')} withAsterisk dir="ltr" maxLength={64} value={branch} onChange={(e) => setBranch(e.currentTarget.value)} error={tried && wrongBranch ? t('kiosk.branchWrong') : undefined} />
        <Button type="submit" size="md">{t('kiosk.begin')}</Button>
      </Stack>
    </form>
  );
}

function Stand({ kiosk, onEnd }: { kiosk: Kiosk; onEnd: () => void }) {
  const { t } = useTranslation('console');
  const text = useProblemText();
  const [ticket, setTicket] = useState<Schema<'Ticket'>>();
  const [byPhone, setByPhone] = useState(false);
  const [phone, setPhone] = useState('');
  const take = useMutation({
    mutationFn: (who: Who) => takeNumber(kiosk, who),
    onSuccess: setTicket,
  });
  const again = useCallback(() => {
    setTicket(undefined);
    setByPhone(false);
    setPhone('');
    take.reset();
  }, [take.reset]);
  useCardReader(!ticket && !take.isPending, (hash) => take.mutate({ card_hash: hash }));
  if (ticket) return <Numbered kiosk={kiosk} ticket={ticket} onDone={again} />;
  const problem = take.error ? Problem.from(take.error) : undefined;
  const shut = problem?.status === 401 || problem?.status === 403;
  return (
    <Stack gap="lg" className={classes.card} align="stretch">
      <Title order={1} ta="center">{t('kiosk.welcome')}</Title>
      {problem && (
        <Alert color="red" role="alert">
          {shut ? t('kiosk.noKey') : problem.code === 'too_many_codes' ? t('kiosk.tooMany') : problem.fields.some((f) => f.field === 'phone') ? t('kiosk.phoneWrong') : text(problem)}
          {shut && <Group mt="sm"><Button size="xs" variant="default" onClick={onEnd}>{t('kiosk.setUp')}</Button></Group>}
        </Alert>
      )}
      {byPhone ? (
        <form noValidate onSubmit={(e) => { e.preventDefault(); if (phone.trim()) take.mutate({ phone: phone.trim() }); }}>
          <Stack>
            <TextInput data-autofocus autoFocus size="xl" type="tel" dir="ltr" label={t('kiosk.phone')} description={t('kiosk.phoneHelp')} placeholder="+…" maxLength={40} autoComplete="off" value={phone} onChange={(e) => setPhone(e.currentTarget.value)} />
            <Button type="submit" size="xl" disabled={!phone.trim()} loading={take.isPending}>{t('kiosk.take')}</Button>
            <Button size="lg" variant="default" onClick={() => { setByPhone(false); take.reset(); }}>{t('kiosk.back')}</Button>
          </Stack>
        </form>
      ) : (
        <>
          <Button size="xl" h="auto" mih={92} leftSection={<IconPhone size={28} aria-hidden="true" />} onClick={() => { setByPhone(true); take.reset(); }}>{t('kiosk.withPhone')}</Button>
          <Button size="xl" h="auto" mih={92} variant="default" loading={take.isPending} leftSection={<IconTicket size={28} aria-hidden="true" />} onClick={() => take.mutate({})}>{t('kiosk.without')}</Button>
          <Text ta="center" c="dimmed">{t('kiosk.card')}</Text>
        </>
      )}
    </Stack>
  );
}

/** A reader types the hash of a card, as the bank registered it, like a keyboard: 64 hexadecimal digits and Enter. */
function useCardReader(on: boolean, onCard: (hash: string) => void) {
  const told = useRef(onCard);
  told.current = onCard;
  useEffect(() => {
    if (!on) return;
    let typed = '';
    const listener = (e: KeyboardEvent) => {
      if (e.key === 'Enter') {
        if (/^[0-9a-f]{64}$/.test(typed)) {
          e.preventDefault();
          told.current(typed);
        }
        typed = '';
      } else if (/^[0-9a-fA-F]$/.test(e.key)) typed = (typed + e.key.toLowerCase()).slice(-65);
      else typed = '';
    };
    window.addEventListener('keydown', listener, true);
    return () => window.removeEventListener('keydown', listener, true);
  }, [on]);
}
