import { Alert, Button, Group, List, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { Failed, useSay } from '../parts/parts';
import { useMay } from '../session/roles';
import { useMe } from '../session/session';
import { OutcomeBar } from './OutcomeBar';
import { type Missing, missingForApproval } from './verdict';
import classes from './verdict.module.css';

export interface VerdictBarProps {
  identification: Schema<'Identification'>;
  /** The call that the verdict rests on. */
  call: Schema<'Call'> | undefined;
  definition: Schema<'ScenarioDefinition'> | undefined;
  /** Without the frame at the bottom of a panel. */
  plain?: boolean;
}

/** Approve or reject, with what is still missing; nothing for those who do not decide this case. */
export function VerdictBar({ identification, call, definition, plain }: VerdictBarProps) {
  const { t } = useTranslation('console');
  const me = useMe();
  const may = useMay();
  const missingText = useMissingText();
  const [asking, setAsking] = useState<'approved' | 'rejected'>();
  if (identification.state !== 'open' || !may('decide')) return null;
  if (call && me.agent.role === 'agent' && call.agent_id !== me.agent.id) return null;
  if (identification.scenario.kind !== 'identify') return <OutcomeBar identification={identification} call={call} plain={plain} />;
  const missing = missingForApproval({ identification, call, definition });
  return (
    <div className={plain ? undefined : classes.bar}>
      {missing.length > 0 && (
        <details className={classes.missing} open={plain}>
          <summary>{t('verdict.missingTitle', { count: missing.length })}</summary>
          <List size="sm" mt={4}>
            {missing.map((m) => (
              <List.Item key={JSON.stringify(m)}>{missingText(m)}</List.Item>
            ))}
          </List>
        </details>
      )}
      <Group grow gap="sm">
        <Button variant="light" color="red" onClick={() => setAsking('rejected')}>
          {t('verdict.reject')}
        </Button>
        <Button disabled={missing.length > 0} onClick={() => setAsking('approved')}>
          {t('verdict.approve')}
        </Button>
      </Group>
      <VerdictModal identification={identification} call={call} decision={asking} onClose={() => setAsking(undefined)} />
    </div>
  );
}

/** What is missing, in words. */
export function useMissingText(): (m: Missing) => string {
  const { t } = useTranslation('console');
  return (m) =>
    m.what === 'consent' ? t(`verdict.missing.consent.${m.key}`)
    : m.what === 'step' ? t('verdict.missing.step', { step: t(`step.${m.kind}.name`) })
    : t(`verdict.missing.${m.what}`);
}

function VerdictModal({ identification, call, decision, onClose }: Pick<VerdictBarProps, 'identification' | 'call'> & { decision: 'approved' | 'rejected' | undefined; onClose: () => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const say = useSay();
  const [reason, setReason] = useState('');
  const decide = useMutation({
    mutationFn: () =>
      body(
        api.POST('/v1/identifications/{identification_id}/verdict', {
          params: { path: { identification_id: identification.id } },
          body: { decision: decision!, ...(reason.trim() ? { reason: reason.trim() } : {}) },
        }),
      ),
    onSuccess: (next) => {
      client.setQueryData(['identifications', next.id], next);
      for (const key of ['calls', 'identifications', 'presence', 'bookings']) void client.invalidateQueries({ queryKey: [key] });
      say.done(t(next.state === 'approved' ? 'verdict.approved' : 'verdict.rejected'));
      onClose();
    },
  });
  const close = () => {
    if (decide.isPending) return;
    decide.reset();
    onClose();
  };
  const rejecting = decision === 'rejected';
  const refused = decide.error ? Problem.from(decide.error) : undefined;
  return (
    <Modal
      opened={decision !== undefined}
      onClose={close}
      title={<Text fw={620}>{t(rejecting ? 'verdict.rejectTitle' : 'verdict.approveTitle', { name: identification.customer.name })}</Text>}
      closeButtonProps={{ 'aria-label': common('action.close') }}
    >
      <Stack>
        <Text>{t(rejecting ? 'verdict.rejectText' : 'verdict.approveText')}</Text>
        {call?.state === 'active' && <Text c="dimmed">{t('verdict.endsCall')}</Text>}
        <Textarea
          label={t('word.reason')}
          description={rejecting ? t('verdict.reasonHelp') : undefined}
          required={rejecting}
          value={reason}
          onChange={(e) => setReason(e.currentTarget.value)}
          maxLength={500}
          autosize
          minRows={2}
          data-autofocus={rejecting || undefined}
        />
        {refused && refused.fields.length > 0 ? (
          <Alert color="red" role="alert" title={t('verdict.missingTitle', { count: refused.fields.length })}>
            {refused.fields.map((f) => (
              <div key={f.field} dir="ltr" lang="en">
                {f.field}: {f.reason}
              </div>
            ))}
          </Alert>
        ) : (
          <Failed error={decide.error} />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} disabled={decide.isPending} data-autofocus={!rejecting || undefined}>
            {common('action.cancel')}
          </Button>
          <Button color={rejecting ? 'red' : undefined} loading={decide.isPending} disabled={rejecting && reason.trim() === ''} onClick={() => decide.mutate()}>
            {t(rejecting ? 'verdict.reject' : 'verdict.approve')}
          </Button>
        </Group>
        {decide.isPending && <Text size="sm" c="dimmed" role="status">{t('verdict.sealing')}</Text>}
      </Stack>
    </Modal>
  );
}
