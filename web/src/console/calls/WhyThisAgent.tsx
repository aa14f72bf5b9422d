import { Alert, Button, Group, List, Text, ThemeIcon } from '@mantine/core';
import { IconCheck, IconShieldCheck, IconX } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { ErrorState, LoadingState, TimeText, useLanguage } from '@/shared';
import { useAgentName } from '../frame/names';
import { everyPage } from '../parts/pages';
import parts from '../parts/parts.module.css';
import { isDraw, type Told, verifyDraw } from './draw';
import classes from './calls.module.css';

/** How a call's agent was chosen, and a button that does the draw again in this browser. */
export function WhyThisAgent({ callId }: { callId: string }) {
  const { t } = useTranslation('console');
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{t('draw.why')}</summary>
      {open && <Draw callId={callId} />}
    </details>
  );
}

async function toldOf(entryId: string): Promise<Told> {
  const events = await everyPage<Schema<'Event'>>((cursor) => body(api.GET('/v1/events', { params: { query: { object_id: entryId, limit: 100, cursor } } })), 3);
  const inOrder = [...events].sort((a, b) => a.sequence - b.sequence);
  return {
    commitment: inOrder.find((e) => e.type === 'queue.entered')?.data.commitment as string | undefined,
    offered: inOrder.filter((e) => e.type === 'queue.offered').map((e) => e.data as Told['offered'][number]),
  };
}

function Draw({ callId }: { callId: string }) {
  const { t } = useTranslation('console');
  const draw = useQuery({
    queryKey: ['calls', callId, 'draw'],
    queryFn: () => body(api.GET('/v1/calls/{call_id}/draw', { params: { path: { call_id: callId } } })),
  });
  if (!draw.data) {
    if (draw.error && Problem.from(draw.error).status === 404) return <Text c="dimmed" mt="sm">{t('draw.none')}</Text>;
    return draw.error ? <ErrorState error={draw.error} onRetry={() => void draw.refetch()} withDetail /> : <LoadingState />;
  }
  return (
    <div>
      <OneDraw draw={draw.data} />
      {draw.data.later.map((d) => (
        <section key={d.entry_id} aria-label={t(`draw.later.${d.kind}`)}>
          <Text fw={620} mt="md">{t(`draw.later.${d.kind}`)}</Text>
          <OneDraw draw={d} />
        </section>
      ))}
      <Text size="sm" c="dimmed" mt="sm">{t('draw.recipe')}</Text>
    </div>
  );
}

/** The rounds of one choice: of who took the call first, or later. */
function OneDraw({ draw: d }: { draw: Omit<Schema<'CallDraw'>, 'later'> }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const agentName = useAgentName();
  const verify = useMutation({ mutationFn: async () => verifyDraw({ ...d, later: [] }, await toldOf(d.entry_id)) });
  const nameOf = (id: string) => agentName(id) ?? id.slice(-12);
  const number = new Intl.NumberFormat(intl);
  const good = verify.data?.every((c) => c.ok);
  return (
    <div>
      <ol className={classes.rounds}>
        {d.rounds.map((round) => {
          const all = round.candidates.reduce((n, c) => n + c.weight, 0);
          return (
            <li key={round.round}>
              <Group justify="space-between" gap="xs">
                <Text fw={560}>{t('draw.round', { round: round.round, strategy: t(`strategy.${round.strategy as 'random'}`, { defaultValue: round.strategy }) })}</Text>
                <Text size="sm" c="dimmed"><TimeText value={round.at} format="exact" /></Text>
              </Group>
              <Text size="sm">{t('draw.chosen', { name: nameOf(round.chosen), count: round.candidates.length })}</Text>
              <ul className={classes.candidates}>
                {round.candidates.map((c) => (
                  <li key={c.agent_id} data-chosen={c.agent_id === round.chosen || undefined}>
                    {nameOf(c.agent_id)}
                    {isDraw(round) && <span className="vv-numbers"> · {new Intl.NumberFormat(intl, { style: 'percent', maximumFractionDigits: 1 }).format(c.weight / Math.max(1, all))}</span>}
                    {c.agent_id === round.chosen && <> · {t('draw.took')}</>}
                  </li>
                ))}
              </ul>
            </li>
          );
        })}
      </ol>
      <Button size="xs" variant="light" leftSection={<IconShieldCheck size={16} aria-hidden="true" />} onClick={() => verify.mutate()} loading={verify.isPending} disabled={!d.rounds.some(isDraw)}>
        {t('draw.verify')}
      </Button>
      {!d.rounds.some(isDraw) && <Text size="sm" c="dimmed" mt={4}>{t('draw.noDraw')}</Text>}
      {verify.error !== null && <Alert color="red" role="alert" mt="sm">{crypto.subtle === undefined ? t('draw.insecure') : t('draw.failed')}</Alert>}
      {verify.data && (
        <Alert color={good ? 'petrol' : 'red'} role="status" mt="sm" title={t(good ? 'draw.proved' : 'draw.disproved')}>
          <List size="sm" spacing={4}>
            {verify.data.map((c) => (
              <List.Item key={`${c.what} ${c.round}`} icon={<ThemeIcon size={18} radius="xl" color={c.ok ? 'petrol' : 'red'} aria-label={t(c.ok ? 'draw.ok' : 'draw.wrong')} role="img">{c.ok ? <IconCheck size={12} /> : <IconX size={12} />}</ThemeIcon>}>
                {t(`draw.check.${c.what}`)}
                {c.round !== undefined && ` (${t('draw.ofRound', { round: number.format(c.round) })})`}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <div className={`${parts.mono} ${classes.hash}`}>SHA-256 {d.commitment}</div>
    </div>
  );
}
