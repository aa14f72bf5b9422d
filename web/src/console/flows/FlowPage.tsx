import { Alert, Group, Stack, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useParams, useSearchParams } from 'react-router';
import { api, body } from '@/api';
import { ErrorState, LoadingState } from '@/shared';
import { Section } from '../parts/parts';
import { useMay } from '../session/roles';
import { TelephonePage } from '../telephone/TelephonePage';
import { Answers } from './Answers';
import { FlowDiagram } from './FlowDiagram';
import { FlowEditor } from './FlowEditor';
import { FlowHistory } from './FlowHistory';
import { FlowStates } from './FlowsPage';
import { FlowWork } from './FlowWork';
import { useDiagram } from './useDiagram';

const tabs = ['flow', 'versions', 'answers'] as const;

/** One flow: its document and drawing, its way to being in force, what it was answered. */
export function FlowPage() {
  const { t } = useTranslation('voice');
  const { name = '' } = useParams();
  const may = useMay();
  const [params, setParams] = useSearchParams();
  const tab = tabs.find((x) => x === params.get('tab')) ?? 'flow';
  const detail = useQuery({ queryKey: ['flows', 'detail', name], queryFn: () => body(api.GET('/v1/flows/{name}', { params: { path: { name } } })) });
  const d = detail.data;
  return (
    <TelephonePage>
      {!d ? (detail.error ? <ErrorState error={detail.error} onRetry={() => void detail.refetch()} withDetail /> : <LoadingState />) : (
        <Stack gap="md">
          <Group justify="space-between">
            <div>
              <Text fw={620} size="lg" component="h2" m={0}><bdi>{d.flow.title || d.flow.name}</bdi></Text>
              <Text size="sm" c="dimmed"><Link to="/telephone/flows" style={{ color: 'var(--mantine-color-anchor)' }}>{t('tab.flows')}</Link> / <bdi className="vv-ltr">{d.flow.name}</bdi></Text>
            </div>
            <FlowStates flow={d.flow} />
          </Group>
          <Tabs value={tab} onChange={(v) => setParams(v === 'flow' ? {} : { tab: v ?? 'flow' }, { replace: true })} keepMounted>
            <Tabs.List mb="md">
              {tabs.map((x) => <Tabs.Tab key={x} value={x}>{t(`flowTab.${x}`)}</Tabs.Tab>)}
            </Tabs.List>
            <Tabs.Panel value="flow">
              {may('administer') ? <FlowWork key={`${d.flow.name} ${d.flow.version} ${d.flow.open?.version} ${d.flow.open?.state}`} detail={d} /> : <Reading name={name} version={d.flow.version} source={d.source} open={d.flow.open?.version} />}
            </Tabs.Panel>
            <Tabs.Panel value="versions">{tab === 'versions' && <FlowHistory detail={d} />}</Tabs.Panel>
            <Tabs.Panel value="answers">{tab === 'answers' && <Answers name={name} />}</Tabs.Panel>
          </Tabs>
        </Stack>
      )}
    </TelephonePage>
  );
}

/** For those who do not write flows: what is in force. */
function Reading({ name, version, source, open }: { name: string; version: number | undefined; source: string; open: number | undefined }) {
  const { t } = useTranslation('voice');
  const shown = version ?? open;
  const diagram = useDiagram(name, shown);
  return (
    <Stack>
      {version === undefined && <Alert color="yellow">{t('flows.notInForceText')}</Alert>}
      <Section title={t('drawing')}>
        {diagram.data ? <FlowDiagram diagram={diagram.data} /> : diagram.error ? <ErrorState error={diagram.error} onRetry={() => void diagram.refetch()} withDetail /> : <LoadingState />}
      </Section>
      <Section title={t('document')}>
        <FlowEditor value={source} onChange={() => {}} problems={[]} readOnly />
      </Section>
    </Stack>
  );
}
