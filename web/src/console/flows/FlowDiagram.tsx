import { ActionIcon, Group, SegmentedControl, Text } from '@mantine/core';
import { useElementSize, useMediaQuery } from '@mantine/hooks';
import { IconZoomIn, IconZoomOut } from '@tabler/icons-react';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { StateBadge } from '@/shared';
import { usePhoneWords } from '../phonecalls/words';
import parts from '../parts/parts.module.css';
import classes from './flows.module.css';
import type { Diagram } from './flows';
import { boxHeight, boxWidth, layout, stepsInOrder } from './layout';

const occasions: Record<string, 'no_input' | 'failed' | 'fallback' | 'then' | 'else'> = { 'no input': 'no_input', no_input: 'no_input', failed: 'failed', fallback: 'fallback', fall_back: 'fallback', then: 'then', else: 'else' };

/** What a way is taken on: a key or value as it is, an occasion in the reader's language. */
export function useOccasion(): (label: string | undefined) => string {
  const { t } = useTranslation('voice');
  return (label) => {
    if (!label) return '';
    const known = occasions[label];
    return known ? t(`occasion.${known}`) : label;
  };
}

export interface FlowDiagramProps {
  diagram: Diagram;
  /** Goes to a step's line in the document; without it steps are only shown. */
  onLine?: (line: number) => void;
  /** Steps in which something is wrong. */
  wrong?: ReadonlySet<string>;
}

/** A flow as a drawing, or as the list of its steps, which says the same. */
export function FlowDiagram({ diagram, onLine, wrong }: FlowDiagramProps) {
  const { t } = useTranslation('voice');
  const small = useMediaQuery('(max-width: 767px)', false, { getInitialValueInEffect: false });
  const [picked, setPicked] = useState<'drawing' | 'list'>();
  // Of what fits; 1 = as wide as there is room, but not too small to be read.
  const [scale, setScale] = useState(1);
  const view = picked ?? (small ? 'list' : 'drawing');
  return (
    <div>
      <Group justify="space-between" mb="sm">
        <SegmentedControl size="xs" aria-label={t('view')} value={view} onChange={(v) => setPicked(v as typeof view)} data={[{ value: 'drawing', label: t('drawing') }, { value: 'list', label: t('steps') }]} />
        {view === 'drawing' && (
          <Group gap={4}>
            <ActionIcon aria-label={t('smaller')} aria-disabled={scale <= 0.5} onClick={() => setScale((s) => Math.max(0.5, s - 0.15))}><IconZoomOut size={18} aria-hidden="true" /></ActionIcon>
            <ActionIcon aria-label={t('larger')} aria-disabled={scale >= 1.4} onClick={() => setScale((s) => Math.min(1.4, s + 0.15))}><IconZoomIn size={18} aria-hidden="true" /></ActionIcon>
          </Group>
        )}
      </Group>
      {diagram.nodes.length === 0 ? <Text c="dimmed">{t('noSteps')}</Text>
        : view === 'list' ? <StepList diagram={diagram} onLine={onLine} wrong={wrong} />
        : <Drawing diagram={diagram} onLine={onLine} wrong={wrong} scale={scale} />}
    </div>
  );
}

function Drawing({ diagram, onLine, wrong, scale }: FlowDiagramProps & { scale: number }) {
  const { t } = useTranslation('voice');
  const words = usePhoneWords();
  const occasion = useOccasion();
  const arrow = useId();
  const drawn = useMemo(() => layout(diagram, occasion), [diagram, t]);
  const { ref, width } = useElementSize();
  const canvas = useRef<HTMLDivElement>(null);
  const fit = width > 0 ? Math.min(1, Math.max(0.78, (width - 2) / drawn.width)) : 1;
  const size = fit * scale;
  const start = drawn.boxes.find((b) => diagram.nodes.some((n) => n.start && n.id === b.id));
  const from = start ? start.x + boxWidth / 2 : 0;
  useEffect(() => {
    // What is wider than there is room is first shown where calls begin.
    if (canvas.current) canvas.current.scrollLeft = from * size - canvas.current.clientWidth / 2;
  }, [from, size]);
  const node = new Map(diagram.nodes.map((n) => [n.id, n]));
  return (
    <div ref={ref}>
    <div ref={canvas} className={classes.canvas} tabIndex={0} role="group" aria-label={t('drawing')}>
      <svg role="img" aria-label={t('drawingOf', { count: diagram.nodes.length })} width={drawn.width * size} height={drawn.height * size} viewBox={`0 0 ${drawn.width} ${drawn.height}`} direction="ltr">
        <defs>
          <marker id={arrow} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse">
            <path d="M0 0 L8 4 L0 8 z" className={classes.arrow} />
          </marker>
        </defs>
        {drawn.lines.map((l) => (
          <path key={`${l.from} ${l.to}`} d={l.d} className={classes.way} data-back={l.back || undefined} markerEnd={`url(#${arrow})`} />
        ))}
        {drawn.boxes.map((b) => {
          const n = node.get(b.id)!;
          return (
            <g key={b.id} className={classes.node} data-kind={n.start ? 'start' : n.machine ? 'machine' : n.end ? 'end' : undefined} data-wrong={wrong?.has(n.id) || undefined} data-opens={onLine ? true : undefined} onClick={onLine && (() => onLine(n.line))}>
              <title>{`${words.kind(n.kind)} · ${n.id}${n.label ? ` · ${n.label}` : ''}`}</title>
              <rect x={b.x} y={b.y} width={boxWidth} height={boxHeight} rx={10} />
              <foreignObject x={b.x} y={b.y} width={boxWidth} height={boxHeight}>
                <div className={classes.nodeText}>
                  <div><b>{words.kind(n.kind)}</b> <span className={classes.nodeName}>{n.id}</span></div>
                  <div dir="auto">{n.label}</div>
                </div>
              </foreignObject>
            </g>
          );
        })}
        {drawn.lines.filter((l) => l.labels.length > 0).map((l) => (
          <text key={`${l.from} ${l.to}`} x={l.x} y={l.y} className={classes.wayLabel} textAnchor="middle">{l.labels.join(', ')}</text>
        ))}
      </svg>
    </div>
    </div>
  );
}

/** The same as the drawing, step by step, for the keyboard, the screen reader and the small screen. */
function StepList({ diagram, onLine, wrong }: FlowDiagramProps) {
  const { t } = useTranslation('voice');
  const words = usePhoneWords();
  const occasion = useOccasion();
  const own = useId();
  const at = (id: string) => `${own}-${id}`;
  const steps = useMemo(() => stepsInOrder(diagram), [diagram]);
  const there = new Set(steps.map((s) => s.id));
  return (
    <ol className={classes.steps} aria-label={t('steps')}>
      {steps.map((n) => (
        <li key={n.id} id={at(n.id)} tabIndex={-1}>
          <Group gap="xs">
            <b>{words.kind(n.kind)}</b>
            <bdi className={parts.mono}>{n.id}</bdi>
            {n.start && <StateBadge state="" tone="progress">{t('starts')}</StateBadge>}
            {n.machine && <StateBadge state="" tone="info">{t('machineStarts')}</StateBadge>}
            {n.end && <StateBadge state="" tone="neutral">{t('ends')}</StateBadge>}
            {wrong?.has(n.id) && <StateBadge state="" tone="negative">{t('wrongStep')}</StateBadge>}
            {onLine && <button type="button" className={classes.toLine} onClick={() => onLine(n.line)} aria-label={t('toLineOf', { line: n.line, step: n.id })}>{t('line', { line: n.line })}</button>}
          </Group>
          {n.label && <Text size="sm" dir="auto">{n.label}</Text>}
          <ul className={classes.exits}>
            {diagram.edges.filter((e) => e.from === n.id).map((e, i) => (
              <li key={i}>
                {e.label ? <><bdi>{occasion(e.label)}</bdi>: </> : <>{t('occasion.next')}: </>}
                {there.has(e.to) ? <a href={`#${at(e.to)}`} onClick={(event) => { event.preventDefault(); document.getElementById(at(e.to))?.focus(); }}><bdi className={parts.mono}>{e.to}</bdi></a> : <bdi className={parts.mono}>{e.to}</bdi>}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}
