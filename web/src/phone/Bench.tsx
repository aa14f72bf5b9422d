import { Alert, Anchor, Autocomplete, Badge, Button, Code, Group, Paper, SegmentedControl, Skeleton, Slider, Stack, Table, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconDeviceMobile, IconExternalLink, IconInfoCircle, IconRefresh } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorState, useProblemText } from '@/shared/components/states';
import { useLanguage } from '@/shared/i18n';
import { useRegistration } from './gateway';
import { toE164, usedNumbers, withEnding } from './number';
import { Approvals } from './approvals/Approvals';
import { CopyButton, CopyIcon } from './parts';
import { type Ending, type Faults, type HandsetKind, simulator, type Snapshot } from './simulator';
import classes from './bench.module.css';

function Section({ title, children, aside }: { title: string; children: React.ReactNode; aside?: React.ReactNode }) {
  const id = useId();
  return (
    <Paper component="section" withBorder p="md" aria-labelledby={id} className={classes.section}>
      <Group justify="space-between" mb="sm" wrap="nowrap" gap="sm">
        <Title order={2} size="h3" id={id}>
          {title}
        </Title>
        {aside}
      </Group>
      {children}
    </Paper>
  );
}

/** Chooses the number of this handset: typed, or one that was used or written to before. */
export function NumberPicker({ number, onPick }: { number: string | null; onPick: (number: string) => void }) {
  const { t } = useTranslation('phone');
  const [draft, setDraft] = useState(number ?? '');
  const [wrong, setWrong] = useState(false);
  const problem = useId();
  useEffect(() => setDraft(number ?? ''), [number]);
  const recent = useQuery({ queryKey: ['recent'], queryFn: simulator.recent, retry: false });
  const written = (recent.data ?? []).map((m) => (m.direction === 'inbound' ? m.from : m.to));
  const choices = [...new Set([...usedNumbers(), ...written])].filter((n) => toE164(n) === n).slice(0, 12);
  const typed = toE164(draft);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    setWrong(typed === null);
    if (typed) onPick(typed);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Group align="flex-end" gap="sm" wrap="nowrap">
        <Autocomplete
          className={classes.grow}
          label={t('number.label')}
          description={t('number.help')}
          placeholder="+84 90 123 45 67"
          type="tel"
          inputMode="tel"
          autoComplete="off"
          dir="ltr"
          classNames={{ input: classes.number, label: classes.fieldLabel, description: classes.fieldLabel }}
          data={choices}
          filter={({ options }) => options}
          value={draft}
          onChange={(value) => {
            setDraft(value);
            setWrong(false);
          }}
          onOptionSubmit={(value) => onPick(value)}
          onFocus={() => void recent.refetch()}
          error={wrong}
          aria-describedby={wrong ? problem : undefined}
        />
        <Button type="submit" className={classes.besideField} disabled={typed !== null && typed === number}>
          {t('number.use')}
        </Button>
      </Group>
      {wrong && (
        <Text id={problem} size="sm" c="red" role="alert" mt={4}>
          {t('number.wrong')}
        </Text>
      )}
      {number && (
        <Anchor href="/phone?number=" target="_blank" rel="noopener" size="sm" mt="xs" className={classes.inlineLink}>
          <IconExternalLink size={16} aria-hidden="true" /> {t('number.another')}
        </Anchor>
      )}
    </form>
  );
}

function curl(device: Record<string, string>, customer: string | undefined): string {
  return [
    `curl -X POST ${window.location.origin}/v1/customers/${customer ?? 'CUSTOMER_ID'}/devices \\`,
    `  -H 'Authorization: Bearer API_KEY' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify({ ...device, name: '/phone' })}'`,
  ].join('\n');
}

const kinds = ['android', 'iphone', 'browser'] as const;

/** Which kind of handset this is, and so how pushes reach it. */
function Kind({ phone, onChanged }: { phone: Snapshot; onChanged: () => void }) {
  const { t } = useTranslation('phone');
  const problemText = useProblemText();
  const label = useId();
  const change = useMutation({ mutationFn: (kind: HandsetKind) => simulator.setKind(phone.number, kind), onSuccess: onChanged });
  return (
    <div>
      <Text size="sm" fw={520} id={label} mb={4}>
        {t('kind.title')}
      </Text>
      <SegmentedControl
        fullWidth
        aria-labelledby={label}
        value={change.isPending ? change.variables : phone.kind}
        onChange={(kind) => change.mutate(kind)}
        data={kinds.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
      />
      <Text size="sm" c="dimmed" mt={4}>
        {t('kind.text')}
      </Text>
      {change.isError && (
        <Text size="sm" c="red" role="alert" mt={4}>
          {problemText(change.error)}
        </Text>
      )}
    </div>
  );
}

/** The push token, whether the bank has registered it, and how it would. */
function Token({ phone, onChanged }: { phone: Snapshot; onChanged: () => void }) {
  const { t } = useTranslation('phone');
  const client = useQueryClient();
  const problemText = useProblemText();
  const registration = useRegistration(phone.number, phone.token);
  const app = useMutation({
    mutationFn: (install: boolean) => (install ? simulator.installApp(phone.number) : simulator.removeApp(phone.number)),
  });
  const [installed, setInstalled] = useState(phone.registered);
  useEffect(() => setInstalled(phone.registered), [phone.registered]);
  const known = registration.data?.known ? registration.data : undefined;
  const command = curl(phone.device, known?.customers.length === 1 ? known.customers[0]!.id : undefined);
  const pushed = phone.pushes.length > 0;
  return (
    <Section title={t('token.title')}>
      <Stack gap="sm">
        <Kind phone={phone} onChanged={onChanged} />
        <Group gap="xs" wrap="nowrap">
          <Code className={classes.token} dir="ltr" data-token={phone.token}>
            {phone.token}
          </Code>
          <CopyIcon value={phone.token} label={t('token.copy')} />
        </Group>
        {!installed ? (
          <Alert color="orange" variant="light" icon={<IconAlertTriangle size={18} />} title={t('token.removed')} classNames={{ title: classes.alertText, message: classes.alertText }}>
            {t('token.removedText')}
          </Alert>
        ) : known?.device ? (
          <Alert color="petrol" variant="light" icon={<IconCheck size={18} />} title={t('token.isDevice')} classNames={{ title: classes.alertText, message: classes.alertText }}>
            {t('token.isDeviceText')}
          </Alert>
        ) : known ? (
          <Alert color="orange" variant="light" icon={<IconAlertTriangle size={18} />} title={known.customers.length > 0 ? t('token.noDevice') : t('token.noCustomer')} classNames={{ title: classes.alertText, message: classes.alertText }}>
            {known.customers.length > 0 ? t('token.noDeviceText') : t('token.noCustomerText')}
          </Alert>
        ) : (
          <Alert color="gray" variant="light" icon={<IconInfoCircle size={18} />} title={pushed ? t('token.pushed') : t('token.notPushed')} classNames={{ title: classes.alertText, message: classes.alertText }}>
            {pushed ? t('token.pushedText') : t('token.notPushedText')}
          </Alert>
        )}
        {registration.isError && (
          <Text size="sm" c="red" role="alert">
            {problemText(registration.error)}
          </Text>
        )}
        <details className={classes.details}>
          <summary>{t('token.how')}</summary>
          <Stack gap="xs" mt="xs">
            <Text size="sm">{t('token.howText')}</Text>
            <pre className={classes.curl} dir="ltr" tabIndex={0} aria-label={t('token.how')}>
              {command}
            </pre>
            <CopyButton value={command} size="xs" w="fit-content">
              {t('token.copyCommand')}
            </CopyButton>
          </Stack>
        </details>
        <Group gap="xs">
          <Button size="xs" variant="default" leftSection={<IconRefresh size={16} aria-hidden="true" />} loading={registration.isFetching} onClick={() => void registration.refetch()}>
            {t('token.lookAgain')}
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconDeviceMobile size={16} aria-hidden="true" />}
            loading={app.isPending}
            onClick={() =>
              app.mutate(!installed, {
                onSuccess: () => {
                  setInstalled(!installed);
                  void client.invalidateQueries({ queryKey: ['registration'] });
                },
              })
            }
          >
            {installed ? t('token.remove') : t('token.install')}
          </Button>
          {app.isError && (
            <Text size="sm" c="red" role="alert">
              {problemText(app.error)}
            </Text>
          )}
        </Group>
      </Stack>
    </Section>
  );
}

const rates = ['sms_failure_rate', 'push_failure_rate', 'call_failure_rate', 'http_error_rate'] as const;
const none: Faults = { sms_failure_rate: 0, push_failure_rate: 0, call_failure_rate: 0, http_error_rate: 0, latency_ms: 0 };

/** Failures by chance, for all numbers. */
function Rates() {
  const { t } = useTranslation('phone');
  const { intl } = useLanguage();
  const client = useQueryClient();
  const problemText = useProblemText();
  const query = useQuery({ queryKey: ['faults'], queryFn: simulator.faults });
  const [draft, setDraft] = useState<Faults>();
  useEffect(() => setDraft(query.data), [query.data]);
  const save = useMutation({
    mutationFn: simulator.setFaults,
    onSuccess: (value) => client.setQueryData(['faults'], value),
    onError: () => setDraft(query.data),
  });
  if (query.isError) return <Section title={t('faults.title')}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Section>;
  const percent = (value: number) => new Intl.NumberFormat(intl, { style: 'percent', maximumFractionDigits: 0 }).format(value);
  const seconds = (ms: number) => new Intl.NumberFormat(intl, { style: 'unit', unit: 'second', unitDisplay: 'short', maximumFractionDigits: 1 }).format(ms / 1000);
  const labels = { sms_failure_rate: t('faults.sms'), push_failure_rate: t('faults.push'), call_failure_rate: t('faults.call'), http_error_rate: t('faults.http') };
  const bad = draft !== undefined && Object.values(draft).some((value) => value > 0);
  return (
    <Section
      title={t('faults.title')}
      aside={
        bad && (
          <Button size="compact-sm" variant="light" onClick={() => save.mutate(none)}>
            {t('faults.reset')}
          </Button>
        )
      }
    >
      <Text size="sm" c="dimmed" mb="md">
        {t('faults.text')}
      </Text>
      {!draft ? (
        <Stack gap="md" aria-label={t('loading', { ns: 'common' })}>
          {rates.map((name) => <Skeleton key={name} h={38} />)}
        </Stack>
      ) : (
        <div className={classes.sliders}>
          {rates.map((name) => (
            <div key={name}>
              <Group justify="space-between" gap="xs" wrap="nowrap">
                <Text size="sm" fw={520}>{labels[name]}</Text>
                <Text size="sm" className="vv-numbers" c={draft[name] > 0 ? undefined : 'dimmed'}>{percent(draft[name])}</Text>
              </Group>
              <Slider
                thumbLabel={labels[name]}
                thumbProps={{ 'aria-valuetext': percent(draft[name]) }}
                label={null}
                min={0}
                max={100}
                step={5}
                value={Math.round(draft[name] * 100)}
                onChange={(value) => setDraft({ ...draft, [name]: value / 100 })}
                onChangeEnd={(value) => save.mutate({ [name]: value / 100 })}
              />
            </div>
          ))}
          <div>
            <Group justify="space-between" gap="xs" wrap="nowrap">
              <Text size="sm" fw={520}>{t('faults.latency')}</Text>
              <Text size="sm" className="vv-numbers" c={draft.latency_ms > 0 ? undefined : 'dimmed'}>{seconds(draft.latency_ms)}</Text>
            </Group>
            <Slider
              thumbLabel={t('faults.latency')}
              thumbProps={{ 'aria-valuetext': seconds(draft.latency_ms) }}
              label={null}
              min={0}
              max={30_000}
              step={500}
              value={draft.latency_ms}
              onChange={(value) => setDraft({ ...draft, latency_ms: value })}
              onChangeEnd={(value) => save.mutate({ latency_ms: value })}
            />
          </div>
        </div>
      )}
      {save.isError && (
        <Text size="sm" c="red" role="alert" mt="sm">
          {problemText(save.error)}
        </Text>
      )}
    </Section>
  );
}

/** The name of a failure in the person's language; the API's own for one that this page does not know. */
export function useEndingName(): (name: string) => string {
  const { t } = useTranslation('phone');
  return (name) => t(`endings.name.${name}` as 'endings.name.busy', { defaultValue: name });
}

/** What a row brings about, in the person's language; the API's own words where they are codes, or for a row that this page does not know. */
function useEffects(): (row: Ending) => string {
  const { t } = useTranslation('phone');
  return (row) => {
    if (row.push) return t(`endings.push.${row.name}` as 'endings.push.timeout', { defaultValue: row.push });
    const { sms, call } = row;
    return [
      sms && sms !== asUsual && t('endings.bySms', { what: t(`endings.sms.${row.name}` as 'endings.sms.refused', { defaultValue: sms }) }),
      call && call !== asUsual && t('endings.byCall', { what: t(`endings.call.${row.name}` as 'endings.call.busy', { defaultValue: call }) }),
    ].filter(Boolean).join(' · ');
  };
}
const asUsual = 'as usual';

const tokenKinds = { push_token: 'android', apns_token: 'iphone', webpush_endpoint: 'browser' } as const;

/** A token of the row's kind that ends so: this handset's own, else one that nobody has. */
function tokenWith(row: Ending, phone: Snapshot | undefined): string {
  if (row.applies_to === 'number') return '';
  const kind = tokenKinds[row.applies_to];
  if (phone?.kind === kind) return phone.token + row.suffix;
  return { android: 'sim-84901230000', iphone: 'ab'.repeat(28), browser: 'https://push.simulator.invalid/webpush/sim-84901230000' }[kind] + row.suffix;
}

function EndingRows({ rows, phone, onPick }: { rows: readonly Ending[]; phone: Snapshot | undefined; onPick?: (number: string) => void }) {
  const { t } = useTranslation('phone');
  const nameOf = useEndingName();
  const effectsOf = useEffects();
  return rows.map((row) => {
    const whole = row.applies_to === 'number' ? withEnding(phone?.number ?? null, row.suffix) : tokenWith(row, phone);
    const now = phone?.scenario === row.name && row.applies_to === 'number';
    return (
      <Table.Tr key={row.applies_to + row.suffix} data-now={now || undefined} className={classes.endingRow}>
        <Table.Td className={classes.suffixCell}>
          <Group gap={2} wrap="nowrap">
            <Code dir="ltr">{row.applies_to === 'number' ? `…${row.suffix}` : row.suffix}</Code>
            <CopyIcon value={whole} label={t('endings.copy', { value: whole })} />
          </Group>
        </Table.Td>
        <Table.Td className={classes.effect}>
          <Text size="sm" fw={520}>
            {nameOf(row.name)} {now && <Badge size="sm" variant="light">{t('endings.thisOne')}</Badge>}
          </Text>
          <Text size="xs" c="dimmed">
            <bdi>{effectsOf(row)}</bdi>
          </Text>
        </Table.Td>
        {onPick && (
          <Table.Td className={classes.useCell}>
            <Button size="compact-sm" variant="subtle" onClick={() => onPick(whole)} disabled={now} aria-label={t('endings.useNumber', { value: whole })}>
              {t('number.use')}
            </Button>
          </Table.Td>
        )}
      </Table.Tr>
    );
  });
}

/** What the ends of numbers and tokens bring about. */
function Endings({ phone, onPick }: { phone: Snapshot | undefined; onPick: (number: string) => void }) {
  const { t } = useTranslation('phone');
  const query = useQuery({ queryKey: ['endings'], queryFn: simulator.endings, staleTime: Number.POSITIVE_INFINITY });
  const numbers = query.data?.filter((row) => row.applies_to === 'number') ?? [];
  const tokens = query.data?.filter((row) => row.applies_to !== 'number' && tokenKinds[row.applies_to] === (phone?.kind ?? 'android')) ?? [];
  return (
    <Section title={t('endings.title')}>
      <Text size="sm" c="dimmed" mb="sm">
        {t('endings.text')}
      </Text>
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Stack gap="xs">{Array.from({ length: 6 }, (_, i) => <Skeleton key={i} h={32} />)}</Stack>
      ) : (
        <>
          <Table verticalSpacing={4} horizontalSpacing="xs" highlightOnHover={false}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('endings.number')}</Table.Th>
                <Table.Th>{t('endings.what')}</Table.Th>
                <Table.Th><span className="vv-heard">{t('number.use')}</span></Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody><EndingRows rows={numbers} phone={phone} onPick={onPick} /></Table.Tbody>
          </Table>
          <details className={classes.details}>
            <summary>{t('endings.tokens')}</summary>
            <Text size="sm" c="dimmed" my="xs">{t('endings.tokensText')}</Text>
            <Table verticalSpacing={4} horizontalSpacing="xs" highlightOnHover={false}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('endings.token')}</Table.Th>
                  <Table.Th>{t('endings.what')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody><EndingRows rows={tokens} phone={phone} /></Table.Tbody>
            </Table>
          </details>
        </>
      )}
    </Section>
  );
}

/** Beside the handset: whose it is, how it is reached, and what goes wrong. */
export function Bench({ number, phone, onPick, onChanged }: { number: string | null; phone: Snapshot | undefined; onPick: (number: string) => void; onChanged: () => void }) {
  const { t } = useTranslation('phone');
  const nameOf = useEndingName();
  return (
    <Stack gap="md">
      <Section title={t('number.title')}>
        <NumberPicker number={number} onPick={onPick} />
        {phone?.scenario && (
          <Text size="sm" mt="sm" className={classes.scenario}>
            <IconAlertTriangle size={16} aria-hidden="true" /> {t('number.scenario', { name: nameOf(phone.scenario) })}
          </Text>
        )}
      </Section>
      {phone && <Token phone={phone} onChanged={onChanged} />}
      {phone && (
        <Section title={t('approval.title')}>
          <Approvals number={phone.number} />
        </Section>
      )}
      <Rates />
      <Endings phone={phone} onPick={onPick} />
    </Stack>
  );
}
