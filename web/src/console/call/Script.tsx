import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { formatDuration, StateBadge, useLanguage } from '@/shared';
import type { CallHandle } from '@/shared/call';
import { Failed, Keys, useShortcut } from '../parts/parts';
import { Still } from '../parts/Still';
import { nextStep } from '../verdict/verdict';
import type { Call } from './CallPage';
import { CodeStep } from './CodeStep';
import { CompareStill } from './CompareStill';
import classes from './call.module.css';

type Step = Schema<'CallStep'>;

/** The steps in their order for this call. One is open at a time: the customer sees what it asks for. A guest only reads. */
export function Script({ call, link, readOnly = false }: { call: Call; link: CallHandle; readOnly?: boolean }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const { steps } = call;
  const active = call.state === 'active' && !readOnly;
  const open = link.step?.position ?? 0;
  const done = steps.filter((s) => s.state === 'passed').length;
  const stamp = useMutation({
    mutationFn: ({ position, outcome }: { position: number; outcome: 'passed' | 'failed' }) =>
      body(api.POST('/v1/calls/{call_id}/steps/{position}', { params: { path: { call_id: call.id, position } }, body: { outcome } })),
    onSuccess: (step) => {
      const next = steps.map((s) => (s.position === step.position ? step : s));
      client.setQueryData<Call>(['calls', call.id], (c) => c && { ...c, steps: next });
      // Onwards by itself; a failed step stays open, to be done again.
      if (step.state === 'passed') link.openStep(nextStep(next, step.position) ?? 0);
    },
  });
  const current = steps.find((s) => s.position === open);
  const canStamp = active && current !== undefined && current.kind !== 'code' && !stamp.isPending;
  useShortcut('Alt+KeyP', canStamp ? () => stamp.mutate({ position: open, outcome: 'passed' }) : undefined);
  useShortcut('Alt+KeyF', canStamp ? () => stamp.mutate({ position: open, outcome: 'failed' }) : undefined);
  const following = nextStep(steps, open);
  // The customer has typed the code: onwards, or nothing more to show.
  const codeDone = active && current?.kind === 'code' && current.state === 'passed';
  useEffect(() => {
    if (codeDone) link.openStep(following ?? 0);
    // Only at the moment when it passes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [codeDone]);
  useShortcut('Alt+ArrowDown', active && following ? () => link.openStep(following) : undefined);

  return (
    <Stack gap="md">
      <div>
        <Group justify="space-between" mb={6}>
          <Text fw={620}>{t('call.progress', { done, total: steps.length })}</Text>
          {active && open === 0 && following !== undefined && (
            <Button size="xs" onClick={() => link.openStep(following)}>
              {t('call.begin')}&nbsp;<Keys>Alt ↓</Keys>
            </Button>
          )}
        </Group>
        <Progress value={steps.length ? (done / steps.length) * 100 : 0} aria-label={t('call.script')} size="sm" />
      </div>
      <ol className={classes.script}>
        {steps.map((step) => (
          <ScriptStep
            key={step.position}
            step={step}
            open={call.state === 'active' && step.position === open}
            onOpen={active ? () => link.openStep(step.position === open ? 0 : step.position) : undefined}
          >
            {readOnly ? null : step.kind === 'code' ? (
              <CodeStep call={call} />
            ) : (
              <Stack gap="xs">
                <Failed error={stamp.variables?.position === step.position ? stamp.error : undefined} />
                <Group gap="xs" grow>
                  <Button
                    leftSection={<IconCheck size={18} aria-hidden="true" />}
                    loading={stamp.isPending && stamp.variables.outcome === 'passed'}
                    disabled={!canStamp}
                    onClick={() => stamp.mutate({ position: step.position, outcome: 'passed' })}
                    aria-keyshortcuts="Alt+P"
                  >
                    {t('call.passed')}&nbsp;<Keys>Alt P</Keys>
                  </Button>
                  <Button
                    variant="default"
                    leftSection={<IconX size={18} aria-hidden="true" />}
                    loading={stamp.isPending && stamp.variables.outcome === 'failed'}
                    disabled={!canStamp}
                    onClick={() => stamp.mutate({ position: step.position, outcome: 'failed' })}
                    aria-keyshortcuts="Alt+F"
                  >
                    {t('call.failed')}&nbsp;<Keys>Alt F</Keys>
                  </Button>
                </Group>
                <CompareStill step={step} customerId={call.customer?.id} />
                {step.state === 'failed' && <Text size="sm" c="dimmed">{t('call.again')}</Text>}
              </Stack>
            )}
          </ScriptStep>
        ))}
      </ol>
    </Stack>
  );
}

function ScriptStep({ step, open, onOpen, children }: { step: Step; open: boolean; onOpen: (() => void) | undefined; children: React.ReactNode }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const head = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // "Begin" and "Passed" go away when they are pressed; who works by keys goes on here.
    if (open && document.activeElement === document.body) head.current?.focus({ preventScroll: true });
  }, [open]);
  return (
    <li className={classes.step} data-open={open || undefined} data-state={step.state}>
      <button ref={head} type="button" className={classes.stepHead} onClick={onOpen} disabled={!onOpen} aria-expanded={open}>
        <span className={classes.number} aria-hidden="true">
          {step.state === 'passed' ? <IconCheck size={16} /> : step.state === 'failed' ? <IconX size={16} /> : new Intl.NumberFormat(intl).format(step.position)}
        </span>
        <span className={classes.stepName}>
          {t(`step.${step.kind}.name`)}
          {!step.required && <Text span size="sm" c="dimmed"> · {t('call.optional')}</Text>}
          {step.offset_ms !== undefined && (
            <Text size="xs" c="dimmed" className="vv-numbers">
              {formatDuration(step.offset_ms, intl)}
              {step.attempts > 1 && ` · ${t('call.attempts', { count: step.attempts })}`}
            </Text>
          )}
        </span>
        {step.state !== 'pending' && <StateBadge state={step.state} />}
        {step.still_url && <Still step={step} alt={t('call.still', { name: t(`step.${step.kind}.name`) })} className={classes.thumb} />}
      </button>
      {open && (
        <div className={classes.stepBody}>
          <Text c="dimmed" mb="xs">{t(`step.${step.kind}.say`)}</Text>
          {children}
        </div>
      )}
    </li>
  );
}
