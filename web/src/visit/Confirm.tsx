import { Button } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem } from '@/api';
import { formatTime, PhoneText } from '@/shared/components/text';
import { useLanguage } from '@/shared/i18n';
import { DocumentPicture } from './Documents';
import type { Field } from './formRules';
import { HoldFirst } from './HoldNote';
import { Failure, Screen } from './Screen';
import { useVisit } from './session';
import classes from './visit.module.css';

function Answer({ field, value }: { field: Field; value: unknown }) {
  const { t } = useTranslation('visit');
  const { intl } = useLanguage();
  if (field.type === 'checkbox') return value === true ? t('confirm.yes') : t('confirm.no');
  if (value === undefined || value === null || value === '') return <span className={classes.none}>{t('confirm.none')}</span>;
  if (field.type === 'choice') return field.options.find((o) => o.value === value)?.label ?? String(value);
  if (field.type === 'date') return formatTime(`${String(value)}T00:00:00Z`, 'date', intl, 'UTC');
  if (field.type === 'phone') return <PhoneText value={String(value)} />;
  if (field.type === 'number' && typeof value === 'number') return <bdi>{value.toLocaleString(intl, { useGrouping: false })}</bdi>;
  return <bdi>{String(value)}</bdi>;
}

/** Everything once more before it counts. */
export function Confirm() {
  const { t } = useTranslation('visit');
  const { visit, setVisit, refresh, goTo } = useVisit();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const { form } = visit;
  const done = form.version > 0 && form.confirmed_version === form.version;
  const confirm = () => {
    if (done) return goTo(undefined);
    setBusy(true);
    setError(undefined);
    body(api.POST('/v1/visit/form/confirm', { body: { version: form.version } }))
      .then((next) => {
        goTo(undefined);
        setVisit(next);
      })
      .catch((e: unknown) => {
        setError(e);
        if (Problem.from(e).status === 409) void refresh();
      })
      .finally(() => setBusy(false));
  };
  const changed = error !== undefined && Problem.from(error).code === 'form_changed';
  return (
    <Screen
      name="confirm"
      title={t('confirm.title')}
      lead={visit.scenario.kind === 'identify' ? t('confirm.lead') : t('service.confirmLead')}
      onBack={() => goTo('form')}
      footer={
        <Button onClick={confirm} loading={busy}>
          {t('confirm.confirm')}
        </Button>
      }
    >
      <HoldFirst />
      <Failure error={error}>{changed && t('confirm.changed')}</Failure>
      {visit.document_type && (
        <div className={classes.document}>
          <DocumentPicture type={visit.document_type} />
          <span className={classes.choiceText}>{t(`document.type.${visit.document_type as 'passport'}`)}</span>
          <Button variant="subtle" size="sm" h={44} onClick={() => goTo('document')} aria-label={t('confirm.changeDocument')}>
            {t('confirm.change')}
          </Button>
        </div>
      )}
      {form.fields.length > 0 && (
        <dl className={classes.answers}>
          {form.fields.map((field) => (
            <div key={field.key}>
              <dt>{field.label}</dt>
              <dd>
                <Answer field={field} value={form.data?.[field.key]} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      <Button variant="default" leftSection={<IconPencil size={20} aria-hidden="true" />} onClick={() => goTo('form')}>
        {t('confirm.edit')}
      </Button>
    </Screen>
  );
}
