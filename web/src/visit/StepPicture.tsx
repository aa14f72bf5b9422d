import type { Schema } from '@/api';

const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 2.2, strokeLinecap: 'round', strokeLinejoin: 'round' } as const;
const head = <path d="M24 8c7 0 11 5 11 12 0 8-5 15-11 15s-11-7-11-15c0-7 4-12 11-12z" />;
const card = <rect x="5" y="11" width="38" height="26" rx="3" />;

const arrows: Partial<Record<Schema<'StepKind'>, string>> = {
  face_left: 'M10 42h-6m0 0 3-3m-3 3 3 3',
  face_right: 'M38 42h6m0 0-3-3m3 3-3 3',
  face_up: 'M43 12v-8m0 0-3 3m3-3 3 3',
  face_down: 'M43 36v8m0 0-3-3m3 3 3-3',
};

/** What to do, drawn: sides are the person's own, as in a mirror. */
export function StepPicture({ kind }: { kind: Schema<'StepKind'> }) {
  return (
    <svg viewBox="0 0 48 48" width="52" height="52" aria-hidden="true" style={{ flex: 'none' }} {...line}>
      {kind === 'document_front' && (
        <>
          {card}
          <circle cx="15" cy="21" r="3.500" />
          <path d="M9.500 31c.8-3.500 3-5 5.500-5s4.700 1.500 5.500 5M27 19h11M27 25h11M27 31h7" />
        </>
      )}
      {kind === 'document_back' && (
        <>
          {card}
          <path d="M5 18h38M10 28h28M10 32h20" />
        </>
      )}
      {kind === 'code' && (
        <>
          <rect x="13" y="4" width="22" height="40" rx="4" />
          <path d="M18 20h.01M24 20h.01M30 20h.01M18 27h.01M24 27h.01M30 27h.01M22 39h4" strokeWidth="3.500" />
        </>
      )}
      {kind.startsWith('face') && head}
      {kind === 'face_front' && <path d="M20 19h.01M28 19h.01M20 26c2.500 2.500 5.500 2.500 8 0" />}
      {kind === 'face_left' && <path d="M16 19h.01M22 19h.01M16 26h6" />}
      {kind === 'face_right' && <path d="M26 19h.01M32 19h.01M26 26h6" />}
      {kind === 'face_up' && <path d="M20 15h.01M28 15h.01M21 21h6" />}
      {kind === 'face_down' && <path d="M20 25h.01M28 25h.01M21 30h6" />}
      {arrows[kind] && <path d={arrows[kind]} />}
    </svg>
  );
}
