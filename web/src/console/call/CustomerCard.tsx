import { Avatar, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schema } from '@/api';
import { PhoneText, StateBadge, TimeText } from '@/shared';
import { FormData } from '../identifications/FormData';
import { KindBadge } from '../parts/KindBadge';
import { Facts } from '../parts/parts';
import { Still } from '../parts/Still';
import { useTranslated } from '../frame/scenarios';
import type { Call, Identification } from './CallPage';
import classes from './call.module.css';

/** Who is being called: what the agent needs to know before they look at each other. */
export function CustomerCard({ call, identification, scenario }: { call: Call; identification: Identification; scenario: Schema<'Scenario'> | undefined }) {
  const { t } = useTranslation('console');
  const translated = useTranslated();
  const { customer } = identification;
  const earlier = identification.calls.filter((c) => c.id !== call.id);
  // The newest face that an earlier or this call has taken stands for a photo.
  const face = identification.calls.flatMap((c) => c.steps).filter((s) => s.kind === 'face_front' && s.still_url).at(-1);
  return (
    <Stack gap="lg">
      <Group wrap="nowrap" align="flex-start">
        {face?.still_url ? (
          <Still step={face} alt={t('call.photo', { name: customer.name })} className={classes.photo} />
        ) : (
          <div className={classes.photo}>
            <Avatar name={customer.name} size={72} radius="md" color="petrol" aria-hidden="true" />
            <Text size="xs" c="dimmed" ta="center">{t('call.noPhoto')}</Text>
          </div>
        )}
        <div>
          <Text size="lg" fw={640}>{customer.name}</Text>
          <PhoneText value={customer.phone} />
          <Text c="dimmed">{t(`language.${customer.locale}`)}</Text>
          <Text c="dimmed"><TimeText value={new Date()} zone={customer.time_zone} format="time" withZone /></Text>
        </div>
      </Group>
      <Facts
        items={[
          [t('word.needs'), customer.needs.length > 0 && <strong key="n" dir="ltr">{customer.needs.map((need) => need.replaceAll('_', ' ')).join(', ')}</strong>],
          [t('customers.segment'), customer.segment],
          [t('word.scenario'), translated(identification.scenario.name)],
          [t('word.kind'), <KindBadge key="kind" kind={identification.scenario.kind} />],
          [t('word.document'), identification.scenario.kind === 'identify' && (identification.document_type ? t(`document.${identification.document_type as 'passport'}`) : t('verdict.missing.document'))],
          [t('word.reference'), identification.reference],
          [t('word.booked'), identification.booking && <TimeText key="b" value={identification.booking.start} format="datetime" />],
          [t('case.notes'), identification.notes],
        ]}
      />
      {identification.form && (
        <div>
          <Text fw={620} mb={6}>{t('case.form')}</Text>
          <FormData form={identification.form} definition={scenario?.definition} />
        </div>
      )}
      <div>
        <Text fw={620} mb={6}>{t('call.earlier')}</Text>
        {earlier.length === 0 ? (
          <Text c="dimmed">{t('call.first')}</Text>
        ) : (
          <Stack gap={6}>
            {earlier.map((c) => (
              <Group key={c.id} justify="space-between" wrap="nowrap">
                <Text size="sm"><TimeText value={c.created_at} format="short" />{c.agent_name ? ` · ${c.agent_name}` : ''}</Text>
                <StateBadge state={c.state} />
              </Group>
            ))}
          </Stack>
        )}
      </div>
      <Link to={`/identifications/${identification.id}`} className={classes.link}>{t('openCase')}</Link>
    </Stack>
  );
}
