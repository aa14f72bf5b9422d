import { UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { HoldFirst } from './HoldNote';
import { Failure, Screen } from './Screen';
import { useVisit } from './session';
import classes from './visit.module.css';

type DocumentType = Schema<'ChooseDocument'>['document_type'];

const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 2, strokeLinecap: 'round', strokeLinejoin: 'round' } as const;
const person = (
  <>
    <circle cx="20" cy="23" r="4.5" />
    <path d="M12.5 36c1-5 4-7 7.500-7s6.500 2 7.500 7" />
  </>
);

/** What each document looks like. */
const pictures: Record<DocumentType, ReactNode> = {
  national_id: (
    <>
      <rect x="4" y="11" width="56" height="34" rx="4" />
      {person}
      <path d="M36 21h16M36 28h16M36 35h10" />
    </>
  ),
  citizen_card: (
    <>
      <rect x="4" y="11" width="56" height="34" rx="4" />
      {person}
      <rect x="38" y="19" width="14" height="11" rx="2" />
      <path d="M38 24.500h14M45 19v11M36 37h16" />
    </>
  ),
  passport: (
    <>
      <rect x="14" y="4" width="36" height="48" rx="4" />
      <circle cx="32" cy="24" r="10" />
      <path d="M22 24h20M32 14c-5 6-5 14 0 20M32 14c5 6 5 14 0 20M24 43h16" />
    </>
  ),
  driving_licence: (
    <>
      <rect x="4" y="11" width="56" height="34" rx="4" />
      {person}
      <path d="M36 33v-4l2.500-6h11l2.500 6v4zM36 29h16M36 33v2.500M52 33v2.500M36 20h9" />
    </>
  ),
};

/** The picture of a document, drawn. */
export function DocumentPicture({ type }: { type: string }) {
  return (
    <svg viewBox="0 0 64 56" width="64" height="56" aria-hidden="true" {...line}>
      {pictures[type as DocumentType] ?? pictures.national_id}
    </svg>
  );
}

/** Which document will be shown: one press chooses and goes on. */
export function Documents() {
  const { t } = useTranslation('visit');
  const { visit, setVisit, goTo } = useVisit();
  const [busy, setBusy] = useState<string>();
  const [error, setError] = useState<unknown>();
  const choose = (type: DocumentType) => {
    setBusy(type);
    setError(undefined);
    body(api.PUT('/v1/visit/document', { body: { document_type: type } }))
      .then((next) => {
        goTo(undefined);
        setVisit(next);
      })
      .catch(setError)
      .finally(() => setBusy(undefined));
  };
  const again = visit.next_step !== 'document';
  return (
    <Screen name="document" title={t('document.title')} lead={t('document.lead')} onBack={again ? () => goTo(undefined) : undefined}>
      <HoldFirst />
      <div className={classes.choices} role="group" aria-label={t('document.title')}>
        {(visit.document_types as DocumentType[]).map((type) => (
          <UnstyledButton
            key={type}
            className={classes.choice}
            onClick={() => choose(type)}
            disabled={busy !== undefined}
            aria-pressed={visit.document_type === type}
            data-document={type}
          >
            <DocumentPicture type={type} />
            <span className={classes.choiceText}>{t(`document.type.${type}`)}</span>
            <IconChevronRight size={22} aria-hidden="true" className={classes.flip} />
          </UnstyledButton>
        ))}
      </div>
      <Failure error={error} />
    </Screen>
  );
}
