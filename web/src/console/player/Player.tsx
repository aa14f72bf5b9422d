import { ActionIcon, Alert, Group, Select, Slider, Text, Tooltip } from '@mantine/core';
import { IconPlayerPauseFilled, IconPlayerPlayFilled, IconRewindBackward10, IconRewindForward10, IconVolume, IconVolumeOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { EmptyState, ErrorState, formatDuration, LoadingState, useLanguage } from '@/shared';
import { Chapters } from './Chapters';
import { chapterAt, chapterStart, durationOf, partsOf, PlaybackClock } from './clock';
import { Keeping } from './Keeping';
import { Side } from './Side';
import { Timeline } from './Timeline';
import classes from './player.module.css';

const speeds = ['0.5', '1', '1.25', '1.5', '2'];
const tickMs = 100;

export interface PlayerProps {
  callId: string;
  customerName: string;
  agentName: string;
  zone?: string;
}

/** Both recordings of a call side by side on the call's clock, with its steps as chapters. */
export function Player({ callId, customerName, agentName, zone }: PlayerProps) {
  const { t } = useTranslation('console');
  const recording = useQuery({
    queryKey: ['calls', callId, 'recording'],
    queryFn: () => body(api.GET('/v1/calls/{call_id}/recording', { params: { path: { call_id: callId } } })),
    refetchInterval: (q) => (q.state.data && !q.state.data.complete ? 10_000 : false),
  });
  if (!recording.data) return recording.error ? <ErrorState error={recording.error} onRetry={() => void recording.refetch()} withDetail /> : <LoadingState />;
  const playable = recording.data.parts.filter((p) => p.state !== 'failed');
  if (playable.length === 0) {
    return (
      <>
        <EmptyState title={t('player.none')}>{t('player.noneText')}</EmptyState>
        <Keeping callId={callId} zone={zone} />
      </>
    );
  }
  return (
    <>
      {!recording.data.complete && (
        <Alert color="yellow" mb="sm">
          {t('player.incomplete')}
        </Alert>
      )}
      <Playing key={playable.map((p) => p.id).join()} recording={recording.data} customerName={customerName} agentName={agentName} />
      <Keeping callId={callId} zone={zone} />
    </>
  );
}

function Playing({ recording, customerName, agentName }: { recording: Schema<'CallRecording'>; customerName: string; agentName: string }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const duration = durationOf(recording.parts, recording.duration_ms);
  // The pictures come a moment after the answer, one side after the other: it begins where both are there.
  const start = Math.max(0, ...(['customer', 'agent'] as const).map((side) => partsOf(recording.parts, side)[0]?.offset_ms ?? 0));
  const clock = useMemo(() => {
    const made = new PlaybackClock(duration);
    made.seek(start);
    return made;
  }, [duration, start]);
  const customer = useMemo(() => partsOf(recording.parts, 'customer'), [recording.parts]);
  const agent = useMemo(() => partsOf(recording.parts, 'agent'), [recording.parts]);
  const [position, setPosition] = useState(start);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState('1');
  const [volume, setVolume] = useState({ customer: 1, agent: 1 });
  const [broken, setBroken] = useState(false);
  const waiting = useRef({ customer: false, agent: false });

  const sync = useCallback(() => {
    setPosition(clock.position());
    setPlaying(clock.playing);
  }, [clock]);
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(sync, tickMs);
    return () => clearInterval(timer);
  }, [playing, sync]);

  const wait = (side: 'customer' | 'agent') => (on: boolean) => {
    waiting.current[side] = on;
    clock.hold(waiting.current.customer || waiting.current.agent);
  };
  const toggle = () => {
    if (clock.playing) clock.pause();
    else clock.play();
    sync();
  };
  const seek = (ms: number) => {
    clock.seek(ms);
    sync();
  };
  const pickSpeed = (next: string) => {
    clock.setSpeed(Number(next));
    setSpeed(next);
  };
  const onKey = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (event.altKey || event.ctrlKey || event.metaKey || target.closest('[role="slider"], input, button')) return;
    if (event.key === ' ') toggle();
    else if (event.key === 'ArrowLeft') seek(clock.position() - 5000);
    else if (event.key === 'ArrowRight') seek(clock.position() + 5000);
    else return;
    event.preventDefault();
  };
  const time = (ms: number) => formatDuration(Math.floor(ms / 1000) * 1000, intl);
  const shared = { clock, position, playing, speed: Number(speed), onBroken: () => setBroken(true) };
  const chapters = recording.steps.filter((s) => s.offset_ms !== undefined).sort((a, b) => a.offset_ms! - b.offset_ms!);

  return (
    <div className={classes.player} role="group" aria-label={t('player.label')} tabIndex={0} onKeyDown={onKey}>
      {broken && (
        <Alert color="red" role="alert" mb="sm">
          {t('player.broken')}
        </Alert>
      )}
      {/* Time runs from left to right in every language, as on any player. */}
      <div className={classes.sides} dir="ltr">
        <Side {...shared} name={customerName} parts={customer} volume={volume.customer} muted={volume.customer === 0} onWaiting={wait('customer')} />
        <Side {...shared} name={agentName} parts={agent} volume={volume.agent} muted={volume.agent === 0} onWaiting={wait('agent')} />
      </div>
      <div className={classes.transport} dir="ltr">
        <Slider
          className={classes.seek}
          value={position}
          min={0}
          max={Math.max(1, duration)}
          step={100}
          onChange={seek}
          label={time}
          thumbLabel={t('player.position')}
          thumbProps={{ 'aria-valuetext': `${time(position)} / ${time(duration)}` }}
          marks={chapters.map((s) => ({ value: chapterStart(s.offset_ms!) }))}
          size={6}
        />
        <Group gap="xs" justify="space-between" wrap="wrap">
          <Group gap={4} wrap="nowrap">
            <Tooltip label={t('player.back')}>
              <ActionIcon onClick={() => seek(position - 10_000)} aria-label={t('player.back')}><IconRewindBackward10 size={22} /></ActionIcon>
            </Tooltip>
            <ActionIcon size={42} radius="xl" variant="filled" color="petrol" onClick={toggle} aria-label={playing ? t('player.pause') : t('player.play')}>
              {playing ? <IconPlayerPauseFilled size={20} /> : <IconPlayerPlayFilled size={20} />}
            </ActionIcon>
            <Tooltip label={t('player.forward')}>
              <ActionIcon onClick={() => seek(position + 10_000)} aria-label={t('player.forward')}><IconRewindForward10 size={22} /></ActionIcon>
            </Tooltip>
            <Text className="vv-numbers" ml={8}>{time(position)} / {time(duration)}</Text>
          </Group>
          <Group gap="md" wrap="wrap">
            <Volume label={customerName} value={volume.customer} onChange={(v) => setVolume((all) => ({ ...all, customer: v }))} />
            <Volume label={agentName} value={volume.agent} onChange={(v) => setVolume((all) => ({ ...all, agent: v }))} />
            <Select
              w={86}
              aria-label={t('player.speed')}
              value={speed}
              onChange={(v) => v && pickSpeed(v)}
              allowDeselect={false}
              data={speeds.map((value) => ({ value, label: `${new Intl.NumberFormat(intl).format(Number(value))}×` }))}
            />
          </Group>
        </Group>
      </div>
      <Timeline recording={recording} durationMs={duration} positionMs={position} names={{ customer: customerName, agent: agentName }} onSeek={seek} />
      <Chapters steps={chapters} current={chapterAt(chapters, position)?.position} onSeek={(ms) => seek(chapterStart(ms))} />
    </div>
  );
}

function Volume({ label, value, onChange }: { label: string; value: number; onChange: (v: number) => void }) {
  const { t } = useTranslation('console');
  return (
    <Group gap={4} wrap="nowrap">
      <Tooltip label={label}>
        <ActionIcon onClick={() => onChange(value > 0 ? 0 : 1)} aria-label={t(value > 0 ? 'player.mute' : 'player.unmute', { name: label })}>
          {value > 0 ? <IconVolume size={20} /> : <IconVolumeOff size={20} />}
        </ActionIcon>
      </Tooltip>
      <Slider w={76} value={value * 100} onChange={(v) => onChange(v / 100)} label={null} thumbLabel={t('player.volume', { name: label })} size={4} thumbSize={24} />
    </Group>
  );
}
