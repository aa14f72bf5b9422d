import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconRoute } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { api, body } from '@/api';
import { EmptyState, StateBadge, useLanguage } from '@/shared';
import { ListTable } from '../parts/ListTable';
import { Failed } from '../parts/parts';
import { useMay } from '../session/roles';
import { TelephonePage } from '../telephone/TelephonePage';
import { emptyFlow, type Flow, flowLabel, flowName, renamed, useFlows } from './flows';
import { HookSecret } from './HookSecret';
import { Numbers } from './Numbers';

/** The dialogues that phone calls are led by: those that came with the gateway, and the bank's own. */
export function FlowsPage() {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const may = useMay();
  const flows = useFlows();
  const [making, setMaking] = useState(false);
  const make = may('administer') && <Button leftSection={<IconPlus size={18} aria-hidden="true" />} onClick={() => setMaking(true)}>{t('flows.new')}</Button>;
  return (
    <TelephonePage actions={make}>
      <Stack gap="lg">
        <ListTable
          label={t('tab.flows')}
          list={{ items: flows.data?.map((f) => ({ ...f, id: f.name })), error: flows.error, refetch: () => void flows.refetch(), more: undefined, loadingMore: false }}
          to={(f) => `/telephone/flows/${f.name}`}
          columns={[
            { key: 'title', title: t('flows.title'), render: (f) => <bdi>{f.title || f.name}</bdi> },
            { key: 'name', title: t('flows.name'), wide: true, render: (f) => <bdi className="vv-ltr">{f.name}</bdi> },
            { key: 'state', title: c('word.state'), render: (f) => <FlowStates flow={f} /> },
            { key: 'version', title: t('flows.inForce'), wide: true, render: (f) => (f.version === undefined ? '–' : f.version === 0 ? t('flows.shipped') : c('texts.version', { n: f.version })) },
            { key: 'locales', title: t('flows.languages'), wide: true, render: (f) => f.locales.map((l) => c(`language.${l as 'en'}`, { defaultValue: l })).join(', ') },
          ]}
          empty={<EmptyState title={t('flows.none')} icon={<IconRoute size={24} stroke={1.6} />} action={make}>{t('flows.noneText')}</EmptyState>}
        />
        <Numbers />
        {may('administer') && <HookSecret />}
      </Stack>
      <NewFlow opened={making} onClose={() => setMaking(false)} flows={flows.data ?? []} />
    </TelephonePage>
  );
}

/** How a flow stands: whose it is, and what is open. */
export function FlowStates({ flow }: { flow: Flow }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  return (
    <Group gap={6}>
      {flow.version === undefined ? <StateBadge state="" tone="neutral">{t('flows.notInForce')}</StateBadge> : <StateBadge state="" tone="positive">{flow.version === 0 ? t('flows.shipped') : t('flows.own')}</StateBadge>}
      {flow.open && <StateBadge state={flow.open.state} tone={flow.open.state === 'draft' ? 'neutral' : 'warning'}>{c(`texts.life.${flow.open.state as 'draft'}`)}</StateBadge>}
    </Group>
  );
}

function NewFlow({ opened, onClose, flows }: { opened: boolean; onClose: () => void; flows: readonly Flow[] }) {
  const { t } = useTranslation('voice');
  const { t: common } = useTranslation();
  const { language } = useLanguage();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [from, setFrom] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  const taken = flows.some((f) => f.name === name);
  const wrong = !flowName.test(name) ? t('flows.nameWrong') : taken ? t('flows.nameTaken') : undefined;
  const make = useMutation({
    mutationFn: async () => {
      const source = from ? renamed((await body(api.GET('/v1/flows/{name}', { params: { path: { name: from } } }))).source, name) : emptyFlow(name, language);
      return body(api.PUT('/v1/flows/{name}', { params: { path: { name } }, body: { source } }));
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['flows'] });
      void navigate(`/telephone/flows/${name}`);
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={620}>{t('flows.new')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); setTried(true); if (!wrong) make.mutate(); }}>
        <Stack>
          <TextInput data-autofocus label={t('flows.name')} description={t('flows.nameHelp')} withAsterisk dir="ltr" maxLength={40} value={name} onChange={(e) => setName(e.currentTarget.value)} error={tried && wrong} />
          <Select label={t('flows.from')} placeholder={t('flows.fromNothing')} clearable value={from} onChange={setFrom} data={flows.map((f) => ({ value: f.name, label: flowLabel(f) }))} />
          <Failed error={make.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{common('action.cancel')}</Button>
            <Button type="submit" loading={make.isPending}>{t('flows.make')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
