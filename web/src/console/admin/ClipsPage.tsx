import { Badge, Button, FileButton, Group, Select, Stack, Text } from '@mantine/core';
import { IconPlayerPlay, IconPlayerStop, IconUpload } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, EmptyState, ErrorState, type Language, languageCodes, languages, LoadingState, TimeText, useLanguage } from '@/shared';
import { Section, useSay } from '../parts/parts';
import rows from '../parts/parts.module.css';
import { AdminPage } from './AdminPage';
import { fileProblem, fromBase64, readMuLaw, toBase64 } from './wav';

type Clip = Schema<'VoiceClip'>;

/** The recordings that calls are spoken from, by language: to hear, to replace by the bank's own, and to go back. */
export function ClipsPage() {
  const { t } = useTranslation('console');
  const { language: mine } = useLanguage();
  const [params, setParams] = useSearchParams();
  const locale = languageCodes.find((l) => l === params.get('language')) ?? mine;
  const clips = useQuery({
    queryKey: ['voice-clips', locale],
    queryFn: async () => (await body(api.GET('/v1/voice-clips', { params: { query: { locale } } }))).items,
  });
  const { playing, play } = usePlayer(locale);
  return (
    <AdminPage>
      <Stack gap="lg" maw={900}>
        <Text c="dimmed">{t('clips.help')}</Text>
        <Select label={t('word.language')} w={220} allowDeselect={false} value={locale} onChange={(v) => v && setParams({ language: v }, { replace: true })} data={languageCodes.map((value) => ({ value, label: t(`language.${value}`) }))} />
        <Section title={t('admin.clips')}>
          {!clips.data ? (
            clips.error ? <ErrorState error={clips.error} onRetry={() => void clips.refetch()} withDetail /> : <LoadingState />
          ) : clips.data.length === 0 ? (
            <EmptyState title={t('clips.none')} />
          ) : (
            <ul className={rows.rows}>
              {clips.data.map((c) => (
                <ClipRow key={c.key} clip={c} locale={locale} playing={playing === c.key} onPlay={() => play(c.key)} />
              ))}
            </ul>
          )}
        </Section>
      </Stack>
    </AdminPage>
  );
}

function ClipRow({ clip, locale, playing, onPlay }: { clip: Clip; locale: Language; playing: boolean; onPlay: () => void }) {
  const { t } = useTranslation('console');
  const say = useSay();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<'notWav' | 'tooLarge'>();
  const reset = useRef<() => void>(null);
  const path = { params: { path: { locale, key: clip.key } } };
  const digit = /^d(\d)$/.exec(clip.key);
  const name = clip.text || (digit ? t('clips.digit', { digit: Number(digit[1]) }) : clip.key.replaceAll('_', ' '));
  const refresh = () => client.invalidateQueries({ queryKey: ['voice-clips'] });
  const upload = async (file: File | null) => {
    reset.current?.(); // the same file may be chosen again, mended
    if (!file) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const wrong = fileProblem(bytes);
    setProblem(wrong);
    if (wrong) return;
    setBusy(true);
    try {
      await api.PUT('/v1/voice-clips/{locale}/{key}', { ...path, body: { wav: toBase64(bytes) } });
      say.done(t('clips.replaced'));
      await refresh();
    } catch (error) {
      say.failed(error);
    } finally {
      setBusy(false);
    }
  };
  const drop = async () => {
    await api.DELETE('/v1/voice-clips/{locale}/{key}', path);
    say.done(t('clips.dropped'));
    await refresh();
  };
  return (
    <li>
      <div className={rows.rowText}>
        <Text lang={clip.text ? locale : undefined} dir={clip.text ? languages[locale].dir : 'auto'}>{name}</Text>
        <Group gap="xs">
          <Text size="sm" c="dimmed" dir="ltr">{clip.key}</Text>
          {clip.own && <Badge size="sm" variant="light">{t('clips.own')}</Badge>}
          {clip.own && clip.changed_at && <Text size="sm" c="dimmed"><TimeText value={clip.changed_at} format="short" /></Text>}
        </Group>
        {problem && <Text size="sm" role="alert" c="var(--vv-negative-fg)">{t(`clips.${problem}`)}</Text>}
      </div>
      <Group gap="xs">
        <Button size="xs" variant="default" leftSection={playing ? <IconPlayerStop size={16} aria-hidden="true" /> : <IconPlayerPlay size={16} aria-hidden="true" />} onClick={onPlay} aria-label={`${t(playing ? 'clips.stop' : 'clips.play')}: ${name}`}>
          {t(playing ? 'clips.stop' : 'clips.play')}
        </Button>
        <FileButton resetRef={reset} onChange={(f) => void upload(f)} accept=".wav,audio/wav,audio/x-wav">
          {(props) => <Button size="xs" variant="default" loading={busy} leftSection={<IconUpload size={16} aria-hidden="true" />} aria-label={`${t('clips.replace')}: ${name}`} {...props}>{t('clips.replace')}</Button>}
        </FileButton>
        {clip.own && (
          <ConfirmButton size="xs" title={t('clips.dropTitle')} message={t('clips.dropText')} confirmLabel={t('clips.drop')} onConfirm={drop} aria-label={`${t('clips.drop')}: ${name}`}>{t('clips.drop')}</ConfirmButton>
        )}
      </Group>
    </li>
  );
}

/** Plays one recording at a time; the same again stops it. */
function usePlayer(locale: Language) {
  const say = useSay();
  const [playing, setPlaying] = useState<string>();
  const context = useRef<AudioContext>(undefined);
  const source = useRef<AudioBufferSourceNode>(undefined);
  const turn = useRef(0);
  const stop = () => {
    turn.current++;
    source.current?.stop();
    source.current = undefined;
    setPlaying(undefined);
  };
  useEffect(() => stop, [locale]);
  useEffect(() => () => void context.current?.close(), []);
  const play = async (key: string) => {
    const again = playing === key;
    stop();
    if (again) return;
    const mine = turn.current;
    context.current ??= new AudioContext();
    const out = context.current;
    setPlaying(key);
    try {
      void out.resume();
      const clip = await body(api.GET('/v1/voice-clips/{locale}/{key}', { params: { path: { locale, key } } }));
      const bytes = fromBase64(clip.wav ?? '');
      const law = readMuLaw(bytes);
      let buffer: AudioBuffer;
      if (law) {
        buffer = out.createBuffer(1, Math.max(1, law.samples.length), law.rate);
        buffer.copyToChannel(law.samples, 0);
      } else buffer = await out.decodeAudioData(bytes.buffer);
      if (mine !== turn.current) return; // another one was asked for meanwhile
      const node = out.createBufferSource();
      node.buffer = buffer;
      node.connect(out.destination);
      node.onended = () => source.current === node && stop();
      source.current = node;
      node.start();
    } catch (error) {
      if (mine === turn.current) stop();
      say.failed(error);
    }
  };
  return { playing, play: (key: string) => void play(key) };
}
