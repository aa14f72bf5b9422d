import { ActionIcon, Alert, Button, Checkbox, Fieldset, Group, NumberInput, Radio, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { Section, useSay } from '../parts/parts';
import { SaveBar } from '../parts/SaveBar';
import { skillName } from '../transfer/targets';
import { formOf, type QueueForm, type ServiceForm, serviceOf, settingsOf, telephoneOf, withService } from './queues';
import { skillKey } from './skills';
import classes from './queues.module.css';

const strategies = ['random', 'weighted', 'longest_idle', 'least_occupied'] as const;
const times = [
  { key: 'service_level_seconds', min: 1, max: 3600 },
  { key: 'wrap_up_seconds', min: 0, max: 3600 },
  { key: 'place_kept_seconds', min: 60, max: 86_400 },
  { key: 'callback_seconds', min: 60, max: 86_400 },
  { key: 'named_agent_seconds', min: 1, max: 3600 },
] as const;

/** One scenario's queue. Cases that have begun keep what they began with. */
export function QueueSettingsForm({ scenario, known, readOnly }: { scenario: Schema<'Scenario'>; known: readonly string[]; readOnly: boolean }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const say = useSay();
  const was = scenario.definition.settings?.queue;
  const between = (min: number, max: number) => (v: number | '') => (v !== '' && v >= min && v <= max ? null : t('vset.between', { min, max }));
  const form = useForm<QueueForm & { telephone: ReturnType<typeof telephoneOf>; service: ServiceForm }>({
    initialValues: { ...formOf(was), service: serviceOf(scenario.definition), telephone: telephoneOf(scenario.definition.settings?.telephone) },
    validate: {
      skills: { skill: (v) => (skillKey(v) === v ? null : t('skills.shape')), level: between(1, 10), relax: between(0, 86_400) },
      languageRelax: between(0, 86_400),
      overflowAfter: between(1, 86_400),
      segments: { priority: between(0, 100) },
      takeover_after_seconds: between(0, 3600),
      ...Object.fromEntries(times.map(({ key, min, max }) => [key, between(min, max)])),
    },
  });
  const save = useMutation({
    mutationFn: ({ telephone, service, ...f }: typeof form.values) =>
      body(api.PUT('/v1/scenarios/{scenario_id}', {
        params: { path: { scenario_id: scenario.id } },
        body: { definition: withService({ ...scenario.definition, settings: { ...scenario.definition.settings, queue: settingsOf(f, was), telephone } as Schema<'ScenarioSettings'> }, service) },
      })),
    onSuccess: (next) => {
      client.setQueryData(['scenarios', next.id], next);
      void client.invalidateQueries({ queryKey: ['scenarios'] });
      say.done(t('saved'));
    },
  });
  const f = form.values;
  const fixed = save.error !== null && Problem.from(save.error).code === 'scenario_kind_fixed';
  const seconds = t('admin.seconds');
  return (
    <form onSubmit={form.onSubmit((v) => save.mutate(v))}>
      <Fieldset disabled={readOnly} variant="unstyled">
        <Stack gap="lg">
          <Section title={t('word.kind')}>
            <Radio.Group label={t('queues.kind')} description={t('queues.kindHelp')} value={f.service.kind} onChange={(v) => form.setFieldValue('service', { ...f.service, kind: v as ServiceForm['kind'], recorded: v === 'identify' })}>
              <Stack gap="xs" mt="xs">
                {(['identify', 'guide', 'advise'] as const).map((k) => <Radio key={k} value={k} label={t(`kind.${k}`)} description={t(`kindHelp.${k}`)} />)}
              </Stack>
            </Radio.Group>
            {fixed && <Alert color="red" role="alert" mt="sm">{t('queues.kindFixed')}</Alert>}
          </Section>
          <Section title={t('queues.inCall')}>
            <Stack gap="sm">
              <Checkbox label={t('queues.agentVideo')} description={t('queues.agentVideoHelp')} {...form.getInputProps('service.agentVideo', { type: 'checkbox' })} />
              {f.service.kind === 'identify' ? (
                <Checkbox label={t('queues.record')} description={t('queues.recordAlways')} checked disabled readOnly />
              ) : (
                <Checkbox label={t('queues.record')} description={t('queues.recordHelp')} {...form.getInputProps('service.recorded', { type: 'checkbox' })} />
              )}
            </Stack>
          </Section>
          <Section title={t('queues.choice')}>
            <Radio.Group label={t('queues.strategy')} {...form.getInputProps('strategy')}>
              <Stack gap="xs" mt="xs">
                {strategies.map((s) => (
                  <Radio key={s} value={s} label={t(`strategy.${s}`)} description={t(`strategyHelp.${s}`)} />
                ))}
              </Stack>
            </Radio.Group>
          </Section>
          <Section title={t('skills.title')}>
            <Text c="dimmed" mb="sm">{t('queues.skillsHelp')}</Text>
            <Stack gap="sm" component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
              {f.skills.map((s, i) => {
                const name = skillName(s.skill) || t('queues.newSkill');
                return (
                  <li key={i} className={classes.skill}>
                    <TextInput label={t('transfer.skill')} list="queue-skills" maxLength={63} {...form.getInputProps(`skills.${i}.skill`)} onBlur={(e) => form.setFieldValue(`skills.${i}.skill`, skillKey(e.currentTarget.value) || e.currentTarget.value)} />
                    <NumberInput label={t('queues.level')} min={1} max={10} allowDecimal={false} {...form.getInputProps(`skills.${i}.level`)} />
                    <Select label={t('queues.demand')} allowDeselect={false} data={[{ value: 'required', label: t('queues.required') }, { value: 'preferred', label: t('queues.preferred') }]} value={s.required ? 'required' : 'preferred'} onChange={(v) => form.setFieldValue(`skills.${i}.required`, v === 'required')} disabled={readOnly} />
                    <NumberInput label={t('queues.relax')} min={0} max={86_400} suffix={seconds} allowDecimal={false} {...form.getInputProps(`skills.${i}.relax`)} />
                    {!readOnly && (
                      <ActionIcon variant="subtle" color="red" mt={28} aria-label={t('skills.removeOf', { skill: name })} onClick={() => form.removeListItem('skills', i)}>
                        <IconTrash size={18} aria-hidden="true" />
                      </ActionIcon>
                    )}
                  </li>
                );
              })}
            </Stack>
            <datalist id="queue-skills">{known.map((k) => <option key={k} value={k} />)}</datalist>
            {f.skills.length === 0 && <Text mb="sm">{t('queues.noSkills')}</Text>}
            {!readOnly && f.skills.length < 20 && (
              <Button mt="sm" size="xs" variant="default" leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => form.insertListItem('skills', { skill: '', level: 1, required: false, relax: 60 })}>
                {t('skills.add')}
              </Button>
            )}
            <Text size="sm" c="dimmed" mt="sm">{t('queues.relaxHelp')}</Text>
          </Section>
          <Section title={t('word.language')}>
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <Select label={t('queues.language')} allowDeselect={false} data={(['required', 'preferred', 'ignored'] as const).map((value) => ({ value, label: t(`queues.languageMode.${value}`) }))} {...form.getInputProps('languageMode')} disabled={readOnly} />
              {f.languageMode !== 'ignored' && <NumberInput label={t('queues.relax')} description={t('queues.zeroNever')} inputWrapperOrder={['label', 'input', 'description', 'error']} min={0} max={86_400} suffix={seconds} allowDecimal={false} {...form.getInputProps('languageRelax')} />}
            </SimpleGrid>
          </Section>
          <Section title={t('queues.overflow')}>
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <Select label={t('queues.overflowTo')} allowDeselect={false} data={(['never', 'everyone', 'callback', 'booking'] as const).map((value) => ({ value, label: t(`queues.to.${value}`) }))} {...form.getInputProps('overflowTo')} disabled={readOnly} />
              {f.overflowTo !== 'never' && <NumberInput label={t('queues.after')} min={1} max={86_400} suffix={seconds} allowDecimal={false} {...form.getInputProps('overflowAfter')} />}
            </SimpleGrid>
          </Section>
          <Section title={t('queues.segments')}>
            <Text c="dimmed" mb="sm">{t('queues.segmentsHelp')}</Text>
            <Stack gap="xs">
              {f.segments.map((s, i) => (
                <Group key={i} align="flex-end" wrap="nowrap">
                  <TextInput style={{ flex: 1 }} label={t('queues.segment')} maxLength={63} {...form.getInputProps(`segments.${i}.segment`)} />
                  <NumberInput w={130} label={t('queues.priority')} min={0} max={100} allowDecimal={false} {...form.getInputProps(`segments.${i}.priority`)} />
                  {!readOnly && (
                    <ActionIcon variant="subtle" color="red" mb={4} aria-label={t('queues.removeSegment', { segment: s.segment })} onClick={() => form.removeListItem('segments', i)}>
                      <IconTrash size={18} aria-hidden="true" />
                    </ActionIcon>
                  )}
                </Group>
              ))}
            </Stack>
            {!readOnly && (
              <Button mt="sm" size="xs" variant="default" leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => form.insertListItem('segments', { segment: '', priority: 10 })}>
                {t('queues.addSegment')}
              </Button>
            )}
          </Section>
          <Section title={t('admin.times')}>
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              {times.map(({ key, min, max }) => (
                <NumberInput key={key} label={t(`queues.time.${key}`)} description={t(`queues.timeHelp.${key}`)} min={min} max={max} suffix={seconds} allowDecimal={false} {...form.getInputProps(key)} />
              ))}
            </SimpleGrid>
            <Group mt="md" align="flex-start">
              <Checkbox mt={8} label={t('queues.takeover')} description={t('queues.takeoverHelp')} {...form.getInputProps('takeover', { type: 'checkbox' })} />
              {f.takeover && <NumberInput label={t('queues.after')} min={0} max={3600} suffix={seconds} allowDecimal={false} {...form.getInputProps('takeover_after_seconds')} />}
            </Group>
          </Section>
          <Section title={t('queues.telephone')}>
            <Stack gap="sm">
              <Checkbox label={t('queues.phoneFallback')} description={t('queues.phoneFallbackHelp')} {...form.getInputProps('telephone.fallback', { type: 'checkbox' })} />
              {f.telephone.fallback && (
                <>
                  <Checkbox label={t('queues.phoneAny')} description={t('queues.phoneAnyHelp')} {...form.getInputProps('telephone.any_number', { type: 'checkbox' })} />
                  {f.service.kind === 'identify' && (
                    <Radio.Group label={t('queues.phoneIdentify')} {...form.getInputProps('telephone.identify')}>
                      <Stack gap="xs" mt="xs">
                        {(['never', 'after', 'telephone'] as const).map((v) => <Radio key={v} value={v} label={t(`queues.phoneMeans.${v}`)} />)}
                      </Stack>
                    </Radio.Group>
                  )}
                </>
              )}
            </Stack>
          </Section>
          <Section title={t('queues.supervision')}>
            <Checkbox label={t('queues.watchHidden')} description={t('queues.watchHiddenHelp')} {...form.getInputProps('watch_hidden', { type: 'checkbox' })} />
          </Section>
        </Stack>
      </Fieldset>
      {!readOnly && (
        <Stack mt="lg">
          <Text size="sm" c="dimmed">{t('queues.begun')}</Text>
          <SaveBar dirty={form.isDirty()} save={save} onReset={() => form.reset()} />
        </Stack>
      )}
    </form>
  );
}
