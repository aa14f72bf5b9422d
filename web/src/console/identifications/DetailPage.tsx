import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams, useSearchParams } from 'react-router';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, ErrorState, LoadingState, PhoneText, StateBadge, TimeText } from '@/shared';
import { ChatPane } from '../chats/ChatPane';
import chatStyles from '../chats/chats.module.css';
import { ConsolePage } from '../frame/ConsolePage';
import { useAgentName } from '../frame/names';
import { useScenario, useTranslated } from '../frame/scenarios';
import { useBankZone } from '../frame/zone';
import { KindBadge } from '../parts/KindBadge';
import { Facts, OnceModal, Section, useSay } from '../parts/parts';
import { useMay } from '../session/roles';
import { lastAnswered } from '../verdict/verdict';
import { VerdictBar } from '../verdict/VerdictBar';
import { CallSection } from './CallSection';
import { CaseNotes } from './CaseNotes';
import { FormData } from './FormData';
import { Timeline } from './Timeline';
import classes from './identifications.module.css';

/** One case with everything that is known of it. */
export function IdentificationPage() {
  const { t } = useTranslation('console');
  const { identificationId = '' } = useParams();
  const query = useQuery({
    queryKey: ['identifications', identificationId],
    queryFn: () => body(api.GET('/v1/identifications/{identification_id}', { params: { path: { identification_id: identificationId } } })),
  });
  if (!query.data) {
    return (
      <ConsolePage title={t('word.case')}>
        {query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} withDetail /> : <LoadingState />}
      </ConsolePage>
    );
  }
  return (
    <ConsolePage title={query.data.customer.name} titleExtra={<StateBadge state={query.data.state} />} actions={<Deeds identification={query.data} />}>
      <Case identification={query.data} />
    </ConsolePage>
  );
}

function Case({ identification }: { identification: Schema<'Identification'> }) {
  const { t } = useTranslation('console');
  const translated = useTranslated();
  const agentName = useAgentName();
  const may = useMay();
  const zone = useBankZone();
  const scenario = useScenario(identification.scenario.id).data;
  const { customer, booking } = identification;
  // From the list of calls: that one is open, and in sight.
  const wanted = useSearchParams()[0].get('call');
  useEffect(() => {
    if (wanted) document.getElementById(`call-${wanted}`)?.scrollIntoView?.({ block: 'start' });
  }, [wanted]);
  const answered = lastAnswered(identification.calls);
  const decider = agentName(identification.decided_by) ?? identification.calls.find((c) => c.agent_id === identification.decided_by)?.agent_name;
  // A call that is going on is decided where it is led.
  const atRest = !identification.calls.some((c) => c.state === 'ringing' || c.state === 'active');
  return (
    <div className={classes.page}>
      <Stack gap="lg" miw={0}>
        {identification.state !== 'open' && (
          <Alert color={identification.state === 'approved' || identification.state === 'completed' ? 'petrol' : identification.state === 'rejected' ? 'red' : 'gray'} title={t(`case.result.${identification.state}`)}>
            {identification.outcome && <Text fw={560}>{t(`outcome.${identification.outcome}`)}</Text>}
            {identification.outcome_note && <Text>{identification.outcome_note}</Text>}
            {identification.reason && <Text>{identification.reason}</Text>}
            {identification.decided_at && (
              <Text size="sm">
                <TimeText value={identification.decided_at} zone={zone} />{decider ? ` · ${decider}` : ''}
              </Text>
            )}
          </Alert>
        )}
        {identification.state === 'open' && atRest && answered && may('decide') && (
          <Section title={t(identification.scenario.kind === 'identify' ? 'verdict.title' : 'complete.section')}>
            <VerdictBar identification={identification} call={answered} definition={scenario?.definition} plain />
          </Section>
        )}
        {[...identification.calls].reverse().map((call, i) => (
          <CallSection key={call.id} call={call} customerName={customer.name} zone={zone} opened={wanted ? call.id === wanted : i === 0} />
        ))}
        {may('seeChats') && (
          <Section title={t('chats.title')}>
            <div className={chatStyles.inCase}><ChatPane identificationId={identification.id} customerName={customer.name} /></div>
          </Section>
        )}
        <Section title={t('case.timeline')}>
          <Timeline identificationId={identification.id} zone={zone} />
        </Section>
      </Stack>
      <Stack gap="lg" miw={0}>
        <Section title={t('word.case')}>
          <Facts
            items={[
              [t('word.customer'), may('listCustomers') ? <Link key="c" className={classes.link} to={`/customers/${customer.id}`}>{customer.name}</Link> : customer.name],
              [t('word.phone'), <PhoneText key="p" value={customer.phone} />],
              [t('word.language'), t(`language.${customer.locale}`)],
              [t('word.zone'), customer.time_zone],
              [t('word.scenario'), translated(identification.scenario.name)],
              [t('word.kind'), <KindBadge key="kind" kind={identification.scenario.kind} />],
              [t('word.document'), identification.document_type && t(`document.${identification.document_type as 'passport'}`)],
              [t('word.reference'), identification.reference],
              [t('word.created'), <TimeText key="t" value={identification.created_at} zone={zone} />],
              [t('word.booked'), booking && <Group key="b" gap={8}><TimeText value={booking.start} zone={zone} /><StateBadge state={booking.state} /></Group>],
            ]}
          />
          {Object.keys(identification.metadata).length > 0 && (
            <pre className={classes.metadata} dir="ltr">{JSON.stringify(identification.metadata, null, 2)}</pre>
          )}
        </Section>
        {/* Guidance and advice that are not recorded ask for none. */}
        {(identification.scenario.kind === 'identify' || identification.consents.length > 0) && (
          <Section title={t('case.consents')}>
            {identification.consents.length === 0 ? (
              <Text c="dimmed">{t('case.noConsents')}</Text>
            ) : (
              <Stack gap="sm">
                {identification.consents.map((c) => (
                  <Group key={`${c.key} ${c.at}`} justify="space-between" align="flex-start" wrap="nowrap">
                    <div>
                      <Text>{t(`consent.${c.key as 'recording'}`)}</Text>
                      <Text size="sm" c="dimmed">
                        {t('case.version', { version: c.version })} · {t(`language.${c.locale as 'en'}`)} · <TimeText value={c.at} format="short" zone={zone} />
                      </Text>
                    </div>
                    <StateBadge state={c.accepted ? 'accepted' : 'declined'} tone={c.accepted ? 'positive' : 'negative'} />
                  </Group>
                ))}
              </Stack>
            )}
          </Section>
        )}
        <Section title={t('case.form')}>
          {identification.form ? <FormData form={identification.form} definition={scenario?.definition} /> : <Text c="dimmed">{t('case.noForm')}</Text>}
        </Section>
        <CaseNotes key={identification.id} identification={identification} />
      </Stack>
    </div>
  );
}

function Deeds({ identification }: { identification: Schema<'Identification'> }) {
  const { t } = useTranslation('console');
  const may = useMay();
  const say = useSay();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const [link, setLink] = useState<string>();
  const path = { params: { path: { identification_id: identification.id } } };
  const makeLink = useMutation({
    mutationFn: () => body(api.POST('/v1/identifications/{identification_id}/link', path)),
    onSuccess: (made) => setLink(made.url),
    onError: say.failed,
  });
  if (identification.state !== 'open') return null;
  const cancel = async () => {
    const next = await body(api.POST('/v1/identifications/{identification_id}/cancel', { ...path, body: { reason } }));
    client.setQueryData(['identifications', next.id], next);
    void client.invalidateQueries({ queryKey: ['identifications'] });
  };
  return (
    <Group gap="sm">
      {may('makeLinks') && (
        <Button variant="default" onClick={() => makeLink.mutate()} loading={makeLink.isPending}>
          {t('case.newLink')}
        </Button>
      )}
      {may('cancelCases') && (
        <ConfirmButton
          title={t('case.cancelTitle')}
          confirmLabel={t('case.cancel')}
          onConfirm={cancel}
          message={
            <Stack gap="sm">
              <Text>{t('case.cancelText')}</Text>
              <TextInput label={t('word.reason')} value={reason} maxLength={500} onChange={(e) => setReason(e.currentTarget.value)} />
            </Stack>
          }
        >
          {t('case.cancel')}
        </ConfirmButton>
      )}
      <OnceModal title={t('case.link')} text={t('case.linkText')} value={link} onClose={() => setLink(undefined)} />
    </Group>
  );
}
