import { Menu, Switch, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { type PushState, pushState, type PushUse, turnOff, turnOn } from '../push';

export interface PushSwitchProps {
  use: PushUse;
  label: string;
  /** What one is told of. */
  help: string;
}

function usePush({ use, help }: PushSwitchProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const queryKey = ['push', use.key];
  const state: PushState | undefined = useQuery({ queryKey, queryFn: () => pushState(use), retry: false, staleTime: Number.POSITIVE_INFINITY }).data;
  const change = useMutation({
    mutationFn: (on: boolean) => (on ? turnOn(use) : turnOff(use)),
    onSuccess: (next) => client.setQueryData(queryKey, next),
  });
  return {
    state, change,
    /** Not in this browser, or not as long as the person forbids it. */
    cannot: state === 'unsupported' || state === 'denied',
    about: change.isError ? t('push.failed') : state === 'unsupported' ? t('push.unsupported') : state === 'denied' ? t('push.denied') : help,
  };
}

/** Whether this browser is told by push; nothing at all where the gateway has no Web Push. */
export function PushSwitch(props: PushSwitchProps) {
  const { state, change, cannot, about } = usePush(props);
  const id = useId();
  if (state === undefined || state === 'absent') return null;
  return (
    <div>
      <Switch
        label={props.label}
        checked={state === 'on'}
        disabled={cannot || change.isPending}
        onChange={(event) => change.mutate(event.currentTarget.checked)}
        aria-describedby={id}
      />
      <Text id={id} size="sm" c={change.isError ? 'red' : 'dimmed'} mt={4} role="status">
        {about}
      </Text>
    </div>
  );
}

/** The same as an item of a menu. */
export function PushMenuItem(props: PushSwitchProps) {
  const { state, change, cannot, about } = usePush(props);
  if (state === undefined || state === 'absent') return null;
  return (
    <>
      <Menu.Divider />
      <Menu.CheckboxItem checked={state === 'on'} disabled={cannot || change.isPending} onChange={(on) => change.mutate(on)}>
        {props.label}
        <Text component="span" display="block" size="xs" c={change.isError ? 'red' : 'dimmed'}>
          {about}
        </Text>
      </Menu.CheckboxItem>
    </>
  );
}
