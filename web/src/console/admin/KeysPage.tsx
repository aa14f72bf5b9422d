import { Button, Checkbox, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { ConfirmButton, EmptyState, StateBadge, TimeText, useLanguage } from '@/shared';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import { Failed, OnceModal } from '../parts/parts';
import parts from '../parts/parts.module.css';
import { AdminPage } from './AdminPage';

const scopes: Schema<'Scope'>[] = ['read', 'write', 'admin', 'kiosk'];

/** The keys of the bank's programs. A key is shown once. */
export function KeysPage() {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const client = useQueryClient();
  const [creating, setCreating] = useState(false);
  const [issued, setIssued] = useState<Schema<'IssuedApiKey'>>();
  const list = useList<Schema<'ApiKey'>>(['api-keys', 'list'], (cursor) => body(api.GET('/v1/api-keys', { params: { query: { limit: 100, cursor } } })));
  const revoke = async (id: string) => {
    await api.DELETE('/v1/api-keys/{key_id}', { params: { path: { key_id: id } } });
    void client.invalidateQueries({ queryKey: ['api-keys'] });
  };
  return (
    <AdminPage actions={<Button leftSection={<IconPlus size={18} aria-hidden="true" />} onClick={() => setCreating(true)}>{t('admin.newKey')}</Button>}>
      <ListTable
        label={t('admin.keys')}
        list={list}
        columns={[
          { key: 'name', title: t('word.name'), render: (k) => <Text fw={560}>{k.name}</Text> },
          { key: 'hint', title: t('admin.key'), wide: true, render: (k) => <span className={parts.mono}>{k.hint}…</span> },
          { key: 'scopes', title: t('admin.scopes'), render: (k) => new Intl.ListFormat(intl, { style: 'narrow', type: 'unit' }).format(k.scopes.map((s) => t(`scope.${s}`))) },
          { key: 'used', title: t('admin.lastUsed'), wide: true, render: (k) => (k.last_used_at ? <TimeText value={k.last_used_at} format="short" /> : t('admin.never')) },
          { key: 'created', title: t('word.created'), wide: true, render: (k) => <TimeText value={k.created_at} format="short" /> },
          {
            key: 'deeds',
            title: t('word.state'),
            render: (k) =>
              k.revoked_at ? <StateBadge state="disabled">{t('admin.revoked')}</StateBadge> : (
                <ConfirmButton size="xs" title={t('admin.revokeTitle', { name: k.name })} message={t('admin.revokeText')} onConfirm={() => revoke(k.id)}>{t('admin.revoke')}</ConfirmButton>
              ),
          },
        ]}
        empty={<EmptyState title={t('admin.noKeys')} icon={<IconKey size={24} stroke={1.6} />}>{t('admin.noKeysText')}</EmptyState>}
      />
      <NewKey opened={creating} onClose={() => setCreating(false)} onIssued={setIssued} />
      <OnceModal
        title={t('admin.key')}
        text={issued?.account_sid ? `${t('admin.keyText')} ${t('keyKindHelp.userName', { sid: issued.account_sid })}` : t('admin.keyText')}
        value={issued && (issued.secret ?? null)}
        onClose={() => setIssued(undefined)}
      />
    </AdminPage>
  );
}

function NewKey({ opened, onClose, onIssued }: { opened: boolean; onClose: () => void; onIssued: (issued: Schema<'IssuedApiKey'>) => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const form = useForm({
    initialValues: { name: '', kind: 'gateway' as 'gateway' | 'twilio_verify', scopes: ['read', 'write'] as Schema<'Scope'>[] },
    validate: { name: (v) => (v.trim() ? null : t('required')), scopes: (v) => (v.length > 0 ? null : t('required')) },
  });
  const create = useMutation({
    mutationFn: (v: typeof form.values) => body(api.POST('/v1/api-keys', { body: { kind: v.kind, name: v.name.trim(), scopes: v.kind === 'twilio_verify' ? ['read', 'write'] : v.scopes } })),
    onSuccess: (issued) => {
      void client.invalidateQueries({ queryKey: ['api-keys'] });
      onClose();
      form.reset();
      onIssued(issued);
    },
    onError: (error) => form.setErrors(Problem.from(error).fieldErrors),
  });
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={620}>{t('admin.newKey')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
      <form onSubmit={form.onSubmit((v) => create.mutate(v))}>
        <Stack>
          <TextInput label={t('word.name')} description={t('admin.keyNameHelp')} required maxLength={200} data-autofocus {...form.getInputProps('name')} />
          <Radio.Group label={t('admin.keyKind')} {...form.getInputProps('kind')}>
            <Stack gap="xs" mt="xs">
              {(['gateway', 'twilio_verify'] as const).map((kind) => (
                <Radio key={kind} value={kind} label={t(`keyKind.${kind}`)} description={t(`keyKindHelp.${kind}`)} />
              ))}
            </Stack>
          </Radio.Group>
          {form.values.kind === 'gateway' ? (
            <Checkbox.Group label={t('admin.scopes')} {...form.getInputProps('scopes')}>
              <Stack gap="xs" mt="xs">
                {scopes.map((s) => (
                  <Checkbox key={s} value={s} label={t(`scope.${s}`)} description={t(`scopeHelp.${s}`)} />
                ))}
              </Stack>
            </Checkbox.Group>
          ) : (
            <Text size="sm">{t('keyKindHelp.twilioScopes')}</Text>
          )}
          <Failed error={create.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{common('action.cancel')}</Button>
            <Button type="submit" loading={create.isPending}>{t('admin.makeKey')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
