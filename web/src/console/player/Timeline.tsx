import { Alert, Text, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { formatDuration, useLanguage } from '@/shared';
import { type Gap, isLost, scoreLine, share, tracksOf } from './timeline';
import classes from './player.module.css';

export interface TimelineProps {
  recording: Schema<'CallRecording'>;
  durationMs: number;
  positionMs: number;
  names: Record<string, string>;
  onSeek: (ms: number) => void;
}

/** What is not recorded, and how good the connections were, along the same line as the player's. */
export function Timeline({ recording, durationMs, positionMs, names, onSeek }: TimelineProps) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const quality = useQuery({
    queryKey: ['calls', recording.call_id, 'quality'],
    staleTime: 60_000,
    queryFn: () => body(api.GET('/v1/calls/{call_id}/quality', { params: { path: { call_id: recording.call_id } } })),
  });
  const samples = quality.data?.items ?? [];
  const tracks = tracksOf(recording.parts);
  const nameOf = (p: string) => names[p] ?? t(`participant.${p as 'agent'}`, { defaultValue: p.replaceAll('_', ' ') });
  const gaps = tracks.flatMap((row) => row.gaps.map((gap) => ({ ...gap, participant: row.participant })));
  const lost = gaps.filter(isLost);
  const percent = new Intl.NumberFormat(intl, { style: 'percent', maximumFractionDigits: 1 });
  const time = (ms: number) => formatDuration(Math.floor(ms / 1000) * 1000, intl);
  const seconds = (g: Gap) => t('player.seconds', { seconds: new Intl.NumberFormat(intl, { maximumFractionDigits: 1 }).format((g.to_ms - g.from_ms) / 1000) });
  const lines = (['customer', 'agent'] as const).map((role) => ({ role, points: scoreLine(samples, role, durationMs) }));
  const means = lines.map(({ role }) => {
    const heard = samples.filter((s) => s.role === role && s.r > 0);
    return { role, mos: heard.length > 0 ? heard.reduce((sum, s) => sum + s.mos, 0) / heard.length : undefined };
  });
  const score = new Intl.NumberFormat(intl, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const head = <span className={classes.head} style={{ left: `${share(positionMs, durationMs)}%` }} />;
  return (
    <section aria-label={t('player.map')} className={classes.maps}>
      {recording.complete && (
        <Text size="sm" c="dimmed">
          {t('player.coverage', { share: percent.format(recording.coverage) })}
        </Text>
      )}
      <div dir="ltr">
        {tracks.map((row) => (
          <div key={`${row.participant} ${row.kind}`} className={classes.map}>
            <span className={classes.mapName} dir="auto">
              {nameOf(row.participant)}, {t(`player.${row.kind}`)}
            </span>
            {/* Told as a list below; this is for the eye. */}
            <span className={classes.mapLine} aria-hidden="true">
              {row.gaps.map((g) => (
                <span
                  key={g.from_ms}
                  className={classes.hole}
                  data-lost={isLost(g) || undefined}
                  title={`${time(g.from_ms)} · ${seconds(g)} · ${t(`player.cause.${g.cause}`)}`}
                  style={{ left: `${share(g.from_ms, durationMs)}%`, width: `${share(g.to_ms, durationMs) - share(g.from_ms, durationMs)}%` }}
                />
              ))}
              {head}
            </span>
          </div>
        ))}
        {samples.length > 0 && (
          <div className={classes.map}>
            <span className={classes.mapName} dir="auto">{t('player.quality')}</span>
            <span className={classes.scores} role="img" aria-label={means.map((m) => `${nameOf(m.role)}: MOS ${m.mos === undefined ? '–' : score.format(m.mos)}`).join(', ')}>
              <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
                {lines.map(({ role, points }) => (
                  <polyline key={role} data-role={role} points={points.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join(' ')} vectorEffect="non-scaling-stroke" />
                ))}
              </svg>
              {head}
            </span>
          </div>
        )}
      </div>
      {samples.length > 0 && (
        <Text size="xs" c="dimmed" className={classes.legend}>
          {means.map((m) => (
            <span key={m.role} data-role={m.role}>
              {nameOf(m.role)}: MOS {m.mos === undefined ? '–' : score.format(m.mos)}
            </span>
          ))}
        </Text>
      )}
      {lost.length > 0 && <Alert color="yellow" py="xs">{t('player.holes', { count: lost.length })}</Alert>}
      {gaps.length > 0 && (
        <details>
          <summary>{t('player.gapList', { count: gaps.length })}</summary>
          <ul className={classes.gapList}>
            {gaps.slice(0, 200).map((g) => (
              <li key={`${g.participant} ${g.kind} ${g.from_ms}`}>
                <UnstyledButton className={classes.jump} onClick={() => onSeek(Math.max(0, g.from_ms - 1000))}>
                  {time(g.from_ms)}
                </UnstyledButton>{' '}
                {nameOf(g.participant)}, {t(`player.${g.kind}`)}: {seconds(g)}, {t(`player.cause.${g.cause}`)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
